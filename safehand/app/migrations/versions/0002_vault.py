"""The vault: which master key, persons with their wrapped keys, sealed bodies.

Locks  New tables only.
Undo   None: bodies without their tables are lost. Never edit this file once released.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. Rows are never removed: an erased person leaves a tombstone."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE vault_master (
            one boolean CONSTRAINT vault_master_pk PRIMARY KEY CONSTRAINT vault_master_one_check CHECK (one),
            fingerprint text NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE vault_persons (
            person text CONSTRAINT vault_persons_pk PRIMARY KEY,
            master text NOT NULL,
            wrapped bytea,
            made_ms bigint NOT NULL,
            erased_ms bigint,
            CONSTRAINT vault_persons_tombstone_check CHECK ((wrapped IS NULL) = (erased_ms IS NOT NULL))
        )
    """)
    op.execute("""
        CREATE TABLE vault_bodies (
            id text CONSTRAINT vault_bodies_pk PRIMARY KEY,
            person text NOT NULL CONSTRAINT vault_bodies_person_fk REFERENCES vault_persons (person),
            kind text NOT NULL,
            sealed bytea,
            made_ms bigint NOT NULL
        )
    """)
    op.execute("CREATE INDEX vault_bodies_person_idx ON vault_bodies (person)")
    op.execute("GRANT SELECT, INSERT ON vault_master TO safehand_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON vault_persons, vault_bodies TO safehand_app")
