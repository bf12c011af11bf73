"""Workforce: what the carrier drives with. Drivers themselves are parties and users of identity.

Words       A vehicle has a registration, a kind, how much it carries, and the depot where it stands at night.
Keeps true  A registration is one vehicle's. A vehicle out of service stays on record.
Asks        identity (parties).
Tells       Nothing yet.
Start at    model.py, then vehicles.py.
"""
