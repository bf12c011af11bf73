"""Addresses: an index made of OpenStreetMap, search and geocoding on it, and the queue of doubtful ones."""
