"""Tools: what keeps the house in order. Nothing in `safehand/` imports this.

Words       step, finding, page.
Keeps true  Every step works from a fresh clone with no network, except `setup` and `locks`.
            What is told about the work goes to standard error; standard output belongs to the work.
Asks        safehand, to compare its documents with its code.
Start at    setup.sh (finds Python), setup.py (makes .venv), check.py (`make check`), lints/.
"""
