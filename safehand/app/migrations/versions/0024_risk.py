"""Risk: incidents, exposure, cells as assessed, contests, what rates did by themselves, how parcels were served.

Effects can be added and never changed: whoever asks why a parcel did not come to the door finds the row.

Locks  New tables only; `users` is referred to, which waits for nobody's sign-in longer than a moment.
Undo   A later migration drops the tables. Never edit this file once released.
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE risk_records (
        hash bytea CONSTRAINT risk_records_pk PRIMARY KEY CONSTRAINT risk_records_hash_check CHECK (length(hash) = 32),
        source text NOT NULL, incidents bigint NOT NULL, taken_ms bigint NOT NULL
    )
    """,
    """
    CREATE TABLE risk_incidents (
        number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT risk_incidents_pk PRIMARY KEY,
        source text NOT NULL, cell text NOT NULL, at_ms bigint NOT NULL
    )
    """,
    "CREATE INDEX risk_incidents_source_at_ms_idx ON risk_incidents (source, at_ms)",
    """
    CREATE TABLE risk_exposure (
        number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT risk_exposure_pk PRIMARY KEY,
        day_ms bigint NOT NULL, cell text NOT NULL,
        parcels bigint NOT NULL CONSTRAINT risk_exposure_parcels_check CHECK (parcels >= 0)
    )
    """,
    "CREATE INDEX risk_exposure_day_ms_idx ON risk_exposure (day_ms)",
    """
    CREATE TABLE risk_cells (
        cell text CONSTRAINT risk_cells_pk PRIMARY KEY,
        rate_ppm bigint NOT NULL, low_ppm bigint NOT NULL, high_ppm bigint NOT NULL,
        incidents bigint NOT NULL, parcels bigint NOT NULL, reasons text[] NOT NULL,
        assessed_ms bigint NOT NULL, expires_ms bigint NOT NULL
    )
    """,
    """
    CREATE TABLE risk_contests (
        id text CONSTRAINT risk_contests_pk PRIMARY KEY, cell text NOT NULL, words text NOT NULL,
        at_ms bigint NOT NULL, by text NOT NULL CONSTRAINT risk_contests_by_fk REFERENCES users (id),
        upheld boolean, decided_ms bigint,
        decided_by text CONSTRAINT risk_contests_decided_by_fk REFERENCES users (id), note text NOT NULL
    )
    """,
    """
    CREATE TABLE risk_effects (
        number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT risk_effects_pk PRIMARY KEY,
        at_ms bigint NOT NULL, cell text NOT NULL, parcel text NOT NULL,
        from_mode text NOT NULL, to_mode text NOT NULL, reasons text[] NOT NULL
    )
    """,
    """
    CREATE TRIGGER risk_effects_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON risk_effects
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE risk_served (
        number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT risk_served_pk PRIMARY KEY,
        day_ms bigint NOT NULL, cell text NOT NULL, parcels bigint NOT NULL, home_wanted bigint NOT NULL,
        home_kept bigint NOT NULL, price_cents bigint NOT NULL, minutes bigint NOT NULL
    )
    """,
    "CREATE INDEX risk_served_day_ms_idx ON risk_served (day_ms)",
    "GRANT SELECT, INSERT ON risk_records, risk_exposure, risk_effects, risk_served TO safehand_app",
    "GRANT SELECT, INSERT, DELETE ON risk_incidents, risk_cells TO safehand_app",
    "GRANT SELECT, INSERT, UPDATE ON risk_contests TO safehand_app",
)


def upgrade() -> None:
    """Make the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    """Drop the tables."""
    op.execute(
        "DROP TABLE risk_records, risk_incidents, risk_exposure, risk_cells, risk_contests, risk_effects, risk_served"
    )
