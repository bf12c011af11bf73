"""Ledger: the append-only log of custody facts, and the proofs that it never changed.

Words       A *fact* is appended; the sequencer gives it a *position*; its *entry* is public; a *checkpoint* is
            signed over all entries; a *receipt* proves one fact to whoever holds it, offline.
Keeps true  Positions have no gap. A published entry never changes. No checkpoint is signed that does not continue
            the one before. A public entry tells nothing but that it exists.
Asks        store (tables, blobs). Nobody on this floor.
Tells       Nothing by itself: facts are the events of those who append.
Start at    entry.py, tiles.py, publication.py; then receipt.py and verification.py.
"""
