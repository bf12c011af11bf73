"""Custody: who holds each parcel, and how that changed.

Words       A parcel has exactly one custodian. A handover moves it; a seal tells if it was opened.
            Half signed it is an offer, and custody is unchanged.
            An aggregate (cage, bag, pallet) is held as a parcel is, and what lies in it goes with it.
Keeps true  The giver of a handover is the custodian the ledger names.
            A second story about the same moment opens an exception, it never rewrites the first.
            Whatever is told, in whatever order and how often, the chain of custodians has no gap.
            An aggregate and its contents never disagree on who holds them.
Asks        ledger (append, heads, read), identity (devices). Through ports: the proof policy.
Tells       custody.offered.v1, custody.transferred.v1, custody.corrected.v1, seal.applied.v1,
            seal.overridden.v1, parcel.observed.v1, parcel.cancelled.v1, exception.opened.v1,
            exception.assigned.v1, exception.resolved.v1,
            parcel.measured.v1, aggregate.created.v1 and what else happens to an aggregate
Start at    head.py and model.py, packing.py for aggregates, then commands.py.
"""
