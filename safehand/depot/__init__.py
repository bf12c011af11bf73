"""The depot's day: what is on its floor, who drives which route, what came, what left, and whether that adds up.

Words       A depot's floor is all that it has to do with: what it holds, what is on its way to it, and what its drivers
            took out and have not delivered. A movement is a change of hands that it was part of.
            A load check holds a route's parcels against what the driver has; a reconciliation holds what came and went
            against what is there.
Keeps true  The floor says of each thing what the record says; a tablet that asks again misses no change.
            What a depot holds is what came less what went, thing by thing; where the two disagree the thing is named.
Asks        places (lanes, calendars), parcels, custody (heads, exceptions), identity (parties).
Tells       Nothing to the ledger: it reads, and people and devices tell.
Start at    floor.py, then worklist.py.
"""
