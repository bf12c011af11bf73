"""Kernel: what every floor may use, and nothing that knows a parcel.

Words       id, clock, calendar, distance, canonical bytes, error, message.
Keeps true  Canonical bytes of one value are one sequence of bytes, equal to RFC 8785.
            A calendar never promises a day on which the place is shut.
            An error carries a code and the facts that disagree; words are looked up at the edge.
Asks        Nobody.
Start at    ids.py, canonical.py, calendar.py, geo.py, errors.py; outgoing.py before anything calls another server.
"""
