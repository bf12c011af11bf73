"""The command line: every command useful on its own.

Words       A command prints its result on standard output, everything else on standard error.
Keeps true  With --json the last line of output is one JSON value. Exit 0 is yes, 1 no, 2 input that cannot be used.
Asks        app, demo, ledger, labels, identity.
Start at    main.py.
"""
