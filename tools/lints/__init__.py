"""Lints of our own: habits that no off-the-shelf tool holds us to.

Words       A page is one text file of the project. A finding is one place where a habit is broken.
Keeps true  Every lint is a pure function from pages to findings; `tests/house` plants the fault it is for.
Asks        kernel, events, cli: only words.py and documents.py, to compare what is written with what is.
Start at    page.py, then sizes.py; __main__.py runs them all.
"""
