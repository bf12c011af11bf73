"""Places: where the carrier's day happens, when it is open there, where nobody drives, and where an address is.

Words       A place is a depot, a checkpoint in one, a pickup point, a locker site, a gate, a geofence, a no-go or an
            avoid area. It has versions, each with the moment from which it holds. Days are holidays and extra days.
            A sort plan leads a postal code to a lane and a route.
            An address index finds a door by what people write; a basemap shows streets without a stranger's server.
            A build is both, made of one extract. A geocode says how sure it is; a doubtful address waits for a person.
Keeps true  What was told of a place is never changed: a change is a new version, and holds from now on at the earliest.
            A calendar never promises a day on which the place is shut.
            What is exported, imported and exported again is the same bytes.
            How a gate is opened lies in the vault, and each look at it is on record.
            A build is in its place whole, or not at all. No point is given that lies in water or off the map.
            What a person's address says lies in the vault; a queue holds ids, reasons and coarse places.
Asks        store, vault (instructions), identity (guard, parties, reach, reads).
Tells       Nothing yet; whoever asks is answered from the build and the tables.
Start at    model.py, then places.py and commands.py; basemap/builds.py, addresses/search.py and addresses/geocode.py.
"""
