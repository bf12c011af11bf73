"""Planning: which vehicle visits what, in which order, and in which way each order is served.

Words       A visit is one way to serve an order; a route is what one vehicle does. A problem is all that may be
            visited and all that may drive, in integers. A day is orders, shifts and sites; its plan is tours, and what
            is left out with why.
Keeps true  A day's plan is given out only if a check finds nothing that counts it anew; with the planner it shares
            the rule of what fits where, and nothing else. A change of a running day never alters what is driven, and is
            held to every limit as it is made. The same seed and iterations are the same plan everywhere.
Asks        roads (travel), risk (modes of delivery). Nobody on this floor.
Start at    problem.py, decomposition.py and checking.py for routes; day.py and planner.py for a day; running.py and
            replanning.py for a day that runs.
"""
