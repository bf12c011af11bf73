"""The pages' ports, filled from the rooms below: who looks, what they may see, and what ids are called.

Words       viewer (staff at a page), line (an entry as pages are given it), mark (where a fact stands in the log).
Keeps true  What a viewer may not see looks as if it were not there; names and addresses only by parcel.read_private.
            A page's reading is of one moment: head, timeline, exceptions and log mark agree.
Start at    site.py, then custody_pages.py and tracking_pages.py.
"""

from safehand.app.pages.site import build_site

__all__ = ["build_site"]
