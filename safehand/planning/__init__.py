"""Planning: which vehicle visits what, in which order, and in which way each order is served.

Words       A visit is one way to serve an order; a route is what one vehicle does. A problem is all that may be
            visited and all that may drive, in integers; a plan is routes.
Keeps true  No plan leaves this room that the independent check has not passed. The same seed and iterations
            are the same plan everywhere. What is driven of a running day is never altered.
Asks        kernel. Nobody on this floor.
Start at    problem.py, then decomposition.py and checking.py; for a day that runs, running.py and replanning.py.
"""
