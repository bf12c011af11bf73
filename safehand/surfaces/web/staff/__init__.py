"""Staff pages: sign in, the overview, parcels, exceptions.

Words       a case is an exception with its owner and state; a decision is a form with its question and consequence.
Keeps true  Every page names the action that its viewer must be allowed. A decision is asked before it is recorded.
            After a form comes a redirect, so that loading again sends nothing again.
Start at    parcels.py, then cases.py and decisions.py.
"""
