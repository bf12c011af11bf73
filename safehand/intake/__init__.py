"""Intake: what devices send in, item by item: read, verify, hand to custody, answer.

Words       A batch holds items; an item is a statement with its signature and, where it has one, its private body.
Keeps true  Each item gets one final answer. What cannot be taken as a statement is set aside and listed.
            Nothing is acknowledged that was not stored.
Asks        identity (devices, signatures), custody.
Tells       Nothing itself.
Start at    batch.py, then routes.py.
"""
