"""Pages for browsers: complete without script, in the reader's language, with one look.

Words       look (style sheets and the one script), pages (templates, headers), live (server-sent events).
Keeps true  No inline script or style, nothing from another origin, no cookie a page can read.
            Only a form of this site changes anything.
Start at    pages.py and look.py, then recipient.py; staff pages are in staff/.
"""
