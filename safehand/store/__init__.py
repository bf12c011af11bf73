"""Store: what is kept, and kept for certain.

Words       A transaction either happened or did not; what was acknowledged has been committed.
            A job is work promised in the same transaction as the fact that asks for it.
            A blob is bytes under the name of their own SHA-256.
Keeps true  Nothing is acknowledged before its commit returned.
            The role that runs the application cannot change what is append-only.
            A database that is gone, full or busy is one refusal: StoreUnavailable, try again.
Asks        kernel. No other module here knows the database driver.
Start at    database.py, then schema.py, jobs.py, idempotency.py, blobs.py; embedded.py for our own PostgreSQL.
"""
