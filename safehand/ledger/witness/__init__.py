"""Witnesses: others who look at every checkpoint of a log, and vouch only for a log that never takes anything back.

Words       A witness cosigns a checkpoint after it has seen that the log continues the last one that it cosigned.
            A policy names the witnesses that somebody relies on and how many of them it takes, the quorum.
Keeps true  A witness never cosigns two histories of one log, whoever asks, how many at once, and whenever it is killed.
            A witness that is slow, gone or lying stops nothing of the log's own work.
Asks        The tree, the notes and the published files of this room.
Source      C2SP tlog-witness, tlog-cosignature, tlog-policy.
Start at    witness.py for the witness's side, asking.py for the log's.
"""
