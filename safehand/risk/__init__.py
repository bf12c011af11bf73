"""Risk: how often things are lost where, how sure that is, and what it was known from.

Words       An incident has a type, a time and a place. A cell is a hexagon of the H3 grid, a study area the cells that
            are looked at. Exposure is how many parcels were left unattended. A density says which share of the next
            incidents falls into which cell; a rate is a density times how many there are.
Keeps true  Nothing but type, time, place and exposure goes in: no dwelling, no person, nothing that a neighbour told.
            A density is positive in every cell and sums to one; without evidence it is the exposure's own.
Asks        kernel, store; by ports.py who knows where parcels go.
Start at    model.py, then backtest.py.
"""
