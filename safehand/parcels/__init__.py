"""Parcels: shipments and their parcels as things: what is sent, to whom, by when, under which numbers.

Words       A merchant hands over a shipment of one or more parcels. Each parcel has an SSCC, an S10 and a short
            tracking number. The service promises a local day. By value, the policy asks for a seal.
Keeps true  A number names one parcel for ever. The same request or manifest told twice makes one shipment.
            Name, address and contents lie in the vault, never in the ledger.
Asks        ledger (append), vault, identity (parties, links), labels (numbers).
Tells       parcel.created.v1
Start at    model.py, then commands.py.
"""
