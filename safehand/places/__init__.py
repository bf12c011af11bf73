"""Places: where the carrier's day happens, and where an address is.

Words       An address index finds a door by what people write; a basemap shows streets without a stranger's server.
            A build is both, made of one extract. A geocode says how sure it is; a doubtful address waits for a person.
Keeps true  A build is in its place whole, or not at all. No point is given that lies in water or off the map.
            What a person's address says lies in the vault; a queue holds ids, reasons and coarse places.
Asks        store, vault, identity (guard, reads).
Tells       Nothing yet; whoever asks is answered from the build and the tables.
Start at    basemap/builds.py, then addresses/search.py and addresses/geocode.py.
"""
