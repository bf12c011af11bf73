"""Backups: what an installation keeps, sealed, on another disk; and the way back.

Words       A base is a copy of the database at one moment. Archived WAL is what happened since, a few seconds old.
            The backup folder holds both, the public log, and the evidence; the keys lie elsewhere, in a bundle.
Keeps true  What leaves the machine is sealed to a key that the machine does not have (age), the public log apart.
            Whoever could write to the backup folder could not have made what we restore: we signed it.
            Nothing half-restored is ever served.
Asks        store for PostgreSQL's own programs, ledger for signed notes and the log, vault for its master key.
Start at    place.py (what lies where), then taking.py, archive.py, restoring.py.
"""
