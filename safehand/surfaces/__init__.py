"""Surfaces: what people see. Server-rendered pages in the reader's language, complete without script.

Words       A page is asked for by a viewer: staff with a session, a recipient with a link, or anybody.
            A view is what a page is given: frozen, already filtered to what its viewer may see.
            A row is one line of the custody timeline, in words.
Keeps true  Without the recipient's link a number shows status words and the promised day, nothing else.
            Evidence is never called a signature. A recipient reads first names and roles only.
            No inline script or style, nothing from another origin, one look for every screen (docs/look.md).
Asks        identity (who is it), and through ports.py whatever app joins to it.
Start at    views.py and ports.py, then web/recipient.py and web/parcels.py.
"""
