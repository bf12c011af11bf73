"""The change to Safehand: what was imported from the earlier system, and vehicles.

Locks  New tables only.
Undo   A later migration drops the tables. Never edit this file once released.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE imported (
            kind text, number text, id text NOT NULL, row_hash bytea NOT NULL CHECK (octet_length(row_hash) = 32),
            made_ms bigint NOT NULL, PRIMARY KEY (kind, number)
        )
    """)
    op.execute("""
        CREATE TABLE vehicles (
            id text PRIMARY KEY, registration text NOT NULL UNIQUE, kind text NOT NULL,
            depot text REFERENCES parties (id), carries_g bigint NOT NULL, carries_parcels integer NOT NULL,
            made_ms bigint NOT NULL
        )
    """)
    op.execute("GRANT SELECT, INSERT ON imported TO safehand_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON vehicles TO safehand_app")


def downgrade() -> None:
    """Drop the tables."""
    op.execute("DROP TABLE imported, vehicles")
