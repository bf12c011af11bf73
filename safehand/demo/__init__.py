"""Demo: one day of a carrier in a real town, played by people and phones that sign.

Words       town, tour, plan, cast, phone, thief, book, reckoning.
Keeps true  One seed is one day. The demo talks to the system through its public HTTP API and nothing else.
            What was planted is what the system must have caught: no more, no less.
Asks        kernel; events, for the vocabulary and the bytes of a statement.
Tells       Nothing: the system under it does.
Start at    plan.py (what shall happen), phone.py (how a device signs), day.py (how it is played).
"""
