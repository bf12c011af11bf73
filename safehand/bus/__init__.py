"""Bus: hints that something has changed, for whoever is watching now.

Words       A notice is a hint: it may be lost, and nothing is decided by it. Whoever gets one reads what is true.
Keeps true  Publishing neither waits nor fails: custody works as well without the bus.
            A watcher that may have missed notices is told so, and reads again.
Asks        kernel. No other module knows NATS.
Start at    notices.py, then stream.py; embedded.py for our own NATS server.
"""
