"""Vault: private bodies, each under its person's own key. Deleting the key erases the person, not the proof.

Words       A person has one data key; the master key wraps it. A body is a small sealed text of a kind;
            a blob is sealed here and kept by whoever asked (a photo).
Keeps true  The database never holds a private body in clear, nor a data key unwrapped.
            A ciphertext opens only as what it was sealed as: the same id, person and kind.
            After an erasure nothing of that person opens any more, and no new body is accepted.
Asks        store, kernel.
Tells       Nothing; whoever keeps an id from here may find that it no longer opens (None).
Start at    vault.py, then master.py and keyring.py.
"""
