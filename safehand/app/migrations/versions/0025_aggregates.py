"""Cages, bags and pallets, what lies in them, and how long a parcel may stand still.

`aggregates` and `aggregate_contents` are written with the facts; `aggregate_holdings` is folded from them.

Locks  New tables; holdings, while a column and an index are made: its projection waits, and nobody else.
Undo   A later migration drops them; the facts stay. Never edit this file once released.
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE aggregates (
        aggregate text CONSTRAINT aggregates_pk PRIMARY KEY,
        sscc text NOT NULL,
        kind text NOT NULL,
        merchant text,
        created_ms bigint NOT NULL,
        current boolean NOT NULL DEFAULT true
    )
    """,
    "CREATE UNIQUE INDEX aggregates_sscc_current_key ON aggregates (sscc) WHERE current",
    """
    CREATE TABLE aggregate_contents (
        parcel text CONSTRAINT aggregate_contents_pk PRIMARY KEY,
        aggregate text NOT NULL,
        since_ms bigint NOT NULL
    )
    """,
    "CREATE INDEX aggregate_contents_aggregate_idx ON aggregate_contents (aggregate)",
    """
    CREATE TABLE aggregate_holdings (
        aggregate text CONSTRAINT aggregate_holdings_pk PRIMARY KEY,
        custodian text NOT NULL,
        since_ms bigint NOT NULL,
        state text NOT NULL,
        closed boolean NOT NULL,
        merchant text NOT NULL,
        offered_to text[] NOT NULL,
        seq bigint NOT NULL
    )
    """,
    "CREATE INDEX aggregate_holdings_custodian_idx ON aggregate_holdings (custodian)",
    """
    CREATE TABLE stage_limits (
        state text CONSTRAINT stage_limits_pk PRIMARY KEY,
        limit_ms bigint NOT NULL CONSTRAINT stage_limits_limit_ms_check CHECK (limit_ms > 0)
    )
    """,
    """
    INSERT INTO stage_limits (state, limit_ms) SELECT state, hours * 3600000 FROM (VALUES
        ('received', 24), ('sorted', 24), ('loaded', 12), ('out_for_delivery', 14), ('attempted', 36), ('found', 24),
        ('damaged', 72), ('refused', 72), ('held', 240), ('awaiting_collection', 240)) AS said (state, hours)
    """,
    "ALTER TABLE holdings ADD COLUMN stalled_ms bigint",
    "CREATE INDEX holdings_stage_idx ON holdings (state, greatest(since_ms, state_ms))"
    " WHERE stalled_ms IS DISTINCT FROM greatest(since_ms, state_ms)",
    "GRANT SELECT, INSERT ON aggregates TO safehand_app",
    "GRANT UPDATE (current) ON aggregates TO safehand_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON aggregate_contents, aggregate_holdings TO safehand_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON stage_limits TO safehand_app",
)


def upgrade() -> None:
    """Make the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)
