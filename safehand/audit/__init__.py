"""Audit: what an installation's own state says against it, until somebody mends it or answers for it.

Words       A check looks at one thing. A finding is what it saw: of a kind, about something, since when. It has an
            owner and a due date, and is open, accepted (with a reason and an end), fixed, or gone.
Keeps true  The same fault is the same finding for ever: its id follows from its kind and what it is about.
            What is seen again is open again, whatever somebody said; what is seen no more is gone.
            Every step stays on record with who did it. A check that could not look closes nothing.
Asks        identity, ledger, store.
Tells       Nothing to the ledger: it is about the installation, not about a parcel.
Start at    model.py, then commands.py; checks/ has one file a subject.
"""
