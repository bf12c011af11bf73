"""The cut-over: a carrier's parties, merchants, staff, vehicles and open parcels, from files of its earlier system.

A file is read whole before anything is written; one broken row, and nothing of it is. What was imported is remembered
by the earlier system's number and the hash of its row: run again, a file changes nothing.
Start at reading.py (bytes to rows), then nouns.py (rows to things), then desk.py.
"""
