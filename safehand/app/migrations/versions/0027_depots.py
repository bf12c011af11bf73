"""Depots: what each has to do with, what came and went, and who drives which route.

Locks  Nothing that is there: new tables, and an index on shipments that is built while nobody writes (seconds for a
       million of them).
Undo   depot_floor and depot_movements follow from the facts; depot_routes is on record. Never edit this file once
       released.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

STATEMENTS = (
    "CREATE SEQUENCE depot_turns",
    """
    CREATE TABLE depot_floor (
        depot text NOT NULL,
        thing text NOT NULL,
        turn bigint NOT NULL,
        there boolean NOT NULL,
        at_ms bigint NOT NULL,
        CONSTRAINT depot_floor_pk PRIMARY KEY (depot, thing)
    )
    """,
    "CREATE INDEX depot_floor_thing_idx ON depot_floor (thing)",
    "CREATE INDEX depot_floor_depot_turn_idx ON depot_floor (depot, turn)",
    "CREATE INDEX depot_floor_depot_turn_there_idx ON depot_floor (depot, turn) WHERE there",
    """
    CREATE TABLE depot_movements (
        depot text NOT NULL,
        seq bigint NOT NULL,
        thing text NOT NULL,
        came boolean NOT NULL,
        other text NOT NULL,
        at_ms bigint NOT NULL,
        CONSTRAINT depot_movements_pk PRIMARY KEY (depot, seq)
    )
    """,
    "CREATE INDEX depot_movements_depot_at_ms_idx ON depot_movements (depot, at_ms)",
    "CREATE INDEX depot_movements_thing_idx ON depot_movements (thing)",
    """
    CREATE TABLE depot_routes (
        number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT depot_routes_pk PRIMARY KEY,
        depot text NOT NULL CONSTRAINT depot_routes_depot_fk REFERENCES parties (id),
        day date NOT NULL,
        route text NOT NULL,
        driver text CONSTRAINT depot_routes_driver_fk REFERENCES parties (id),
        told_ms bigint NOT NULL,
        told_by text NOT NULL
    )
    """,
    "CREATE INDEX depot_routes_depot_day_idx ON depot_routes (depot, day, route, number DESC)",
    "CREATE INDEX shipments_depot_idx ON shipments (depot, promised_on) WHERE depot IS NOT NULL",
    "CREATE INDEX shipments_manifest_idx ON shipments (manifest) WHERE manifest IS NOT NULL",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON depot_floor, depot_movements TO safehand_app",
    "GRANT SELECT, INSERT ON depot_routes TO safehand_app",
    "GRANT USAGE ON depot_turns TO safehand_app",
)


def upgrade() -> None:
    """Make the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Refuse: who drove which route is on record."""
    raise RuntimeError("what depots have on record is not taken back")
