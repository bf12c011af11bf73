"""Privacy: what the carrier holds of a person, who looked at it, how long it stays, and how it is forgotten.

Words       A subject is one human; the vault has one person a shipment, so a subject is several persons.
            An erasure is journalled outside the database before it takes effect; a hold keeps it from happening.
            A read is a row that says who looked at whose data.
Keeps true  What was erased once is erased again before a restored database serves anybody.
            Nothing is removed while a legal hold is in force, nor while a parcel is on its way.
            What is exported, looked up or removed is on record with whoever did it.
Asks        vault, identity, parcels, custody, handover, store.
Tells       Nothing.
Start at    erasure.py, then journal.py and retention.py.
"""
