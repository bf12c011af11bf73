"""Words: custody as sentences. Views and a language go in, rows come out; no request, no template.

Words       calendar (days and hours), number groups, people, row, line of custody.
Keeps true  A recipient reads roles and first names. Evidence is never called a signature.
            Every hour is told by the clock of the place where it happened.
Start at    rows.py, then staff_line.py.
"""
