"""Roads: how long it takes from one place to another, on which streets, and what that depends on.

Words       A graph is the roads of one map for one profile (car, bicycle, foot), ready to be asked. A segment is the
            piece of road between two nodes of the map. A weighting makes segments slower, averted or closed; a variant
            is a graph with a weighting. The week is cut into periods, each with a graph of its own.
Keeps true  Risk changes which way is taken, never how long a way is said to take. A variant is made of the pristine
            graph, so nothing is left of the one before. Leaving later never means arriving earlier.
            What cannot be reached is said so; it is no error and no zero.
Asks        kernel. Speeds, risks and closures are passed in.
Start at    graphs.py, then network.py; building.py for how graphs come to be.
"""
