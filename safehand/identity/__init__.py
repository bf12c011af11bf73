"""Identity: who asks, for whom, and what they may do.

Words       A party is whoever can hold a parcel or send one: merchant, depot, driver, partner. A user is a person
            on the staff who signs in. A principal is whoever asks, once we know: staff, merchant, device,
            recipient, anonymous. A policy permits a principal an action on a resource; nothing else does.
Keeps true  Every secret that we hand out (session, key, code, link) is kept as a hash only.
            A code or link that works once works once, whoever else tries at the same moment.
            Names of natural persons are in the vault; names of organisations are plain.
            Every route declares its action; what no policy permits is forbidden.
Asks        vault, store, kernel.
Tells       Nothing to the ledger: who may sign in is no custody fact.
Start at    actions.py, model.py, policies.cedar and policy.py, then guard.py.
"""
