"""The basemap and its builds: tiles made of an OpenStreetMap extract, put in their place in one step."""
