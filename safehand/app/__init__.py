"""App: builds everything once and joins it. The only place that does.

Words       A setting comes from the environment; a role is a process: core, supervisor.
Keeps true  Nothing is built at import time. What a desk needs, it is given here.
            One handler turns every SafehandError into a problem (RFC 9457).
Asks        Every floor below.
Start at    settings.py, then installation.py, web.py, roles.py.
"""
