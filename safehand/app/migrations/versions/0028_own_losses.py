"""Own losses: what became of our parcels as far as risk is concerned, one row a parcel; of the address only the cell.

Locks  Nothing: a new table.
Undo   The table follows from the facts and the addresses. Never edit this file once released.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE risk_parcels (
        parcel text CONSTRAINT risk_parcels_pk PRIMARY KEY,
        left_ms bigint, lost_ms bigint, cell text, asked_ms bigint NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX risk_parcels_lost_ms_idx ON risk_parcels (lost_ms) WHERE lost_ms IS NOT NULL",
    "CREATE INDEX risk_parcels_left_ms_idx ON risk_parcels (left_ms) WHERE left_ms IS NOT NULL",
    "CREATE INDEX risk_parcels_asked_ms_idx ON risk_parcels (asked_ms, parcel) WHERE cell IS NULL",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON risk_parcels TO safehand_app",
)


def upgrade() -> None:
    """Make the table."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE risk_parcels")
