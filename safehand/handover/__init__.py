"""Handover: the ways in which a parcel changes hands, and what each must prove.

Words       A way is one-sided where only our device signs; then the other side leaves evidence.
            Evidence is a PIN, a drawing, a photo. It is never called a signature.
Keeps true  A one-sided way counts only where the policy lists it, and only with its evidence.
            A PIN is checked here and nowhere else; five wrong ones, and the PIN way is closed for that parcel.
Asks        vault (PINs, photos), custody's head. Fills custody's port ProofPolicy.
Tells       Nothing: custody records.
Start at    policy.py, then proofs.py.
"""
