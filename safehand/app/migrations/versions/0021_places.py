"""Places: their versions, days, sort plans and instructions. Rows can be added and never changed.

Locks  New tables only; `parties` and `vault_persons` are referred to, which waits for nobody longer than a moment.
Undo   None: what a place was is evidence. Never edit this file once released.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = ("places", "place_versions", "place_days", "place_instructions", "sort_plans", "sort_rules")
STATEMENTS = (
    """
    CREATE TABLE places (
        id text CONSTRAINT places_pk PRIMARY KEY,
        code text NOT NULL CONSTRAINT places_code_key UNIQUE,
        kind text NOT NULL,
        party text CONSTRAINT places_party_fk REFERENCES parties (id),
        within text CONSTRAINT places_within_fk REFERENCES places (id),
        person text CONSTRAINT places_person_fk REFERENCES vault_persons (person),
        made_ms bigint NOT NULL,
        made_by text NOT NULL
    )
    """,
    "CREATE INDEX places_party_idx ON places (party)",
    "CREATE INDEX places_within_idx ON places (within)",
    """
    CREATE TABLE place_versions (
        place text NOT NULL CONSTRAINT place_versions_place_fk REFERENCES places (id),
        version integer NOT NULL,
        valid_from_ms bigint NOT NULL,
        told_ms bigint NOT NULL,
        told_by text NOT NULL,
        name text NOT NULL,
        shape jsonb,
        details jsonb NOT NULL,
        retired boolean NOT NULL,
        CONSTRAINT place_versions_pk PRIMARY KEY (place, version),
        CONSTRAINT place_versions_ahead_check CHECK (valid_from_ms >= told_ms)
    )
    """,
    "CREATE INDEX place_versions_valid_idx ON place_versions (place, valid_from_ms DESC, version DESC)",
    """
    CREATE TABLE place_days (
        number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT place_days_pk PRIMARY KEY,
        place text NOT NULL CONSTRAINT place_days_place_fk REFERENCES places (id),
        day date NOT NULL,
        kind text NOT NULL CONSTRAINT place_days_kind_check CHECK (kind IN ('closed', 'opened', 'usual')),
        name text NOT NULL,
        told_ms bigint NOT NULL,
        told_by text NOT NULL
    )
    """,
    "CREATE INDEX place_days_place_day_idx ON place_days (place, day, number DESC)",
    """
    CREATE TABLE place_instructions (
        number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT place_instructions_pk PRIMARY KEY,
        place text NOT NULL CONSTRAINT place_instructions_place_fk REFERENCES places (id),
        body text NOT NULL CONSTRAINT place_instructions_body_fk REFERENCES vault_bodies (id),
        told_ms bigint NOT NULL,
        told_by text NOT NULL
    )
    """,
    "CREATE INDEX place_instructions_place_idx ON place_instructions (place, number DESC)",
    """
    CREATE TABLE sort_plans (
        depot text NOT NULL CONSTRAINT sort_plans_depot_fk REFERENCES places (id),
        version integer NOT NULL,
        valid_from_ms bigint NOT NULL,
        told_ms bigint NOT NULL,
        told_by text NOT NULL,
        CONSTRAINT sort_plans_pk PRIMARY KEY (depot, version),
        CONSTRAINT sort_plans_ahead_check CHECK (valid_from_ms >= told_ms)
    )
    """,
    """
    CREATE TABLE sort_rules (
        depot text NOT NULL,
        version integer NOT NULL,
        prefix text NOT NULL,
        lane text NOT NULL CONSTRAINT sort_rules_lane_fk REFERENCES places (id),
        route text NOT NULL,
        CONSTRAINT sort_rules_pk PRIMARY KEY (depot, version, prefix),
        CONSTRAINT sort_rules_plan_fk FOREIGN KEY (depot, version) REFERENCES sort_plans (depot, version)
    )
    """,
    f"GRANT SELECT, INSERT ON {', '.join(TABLES)} TO safehand_app",
)


def upgrade() -> None:
    """Make the tables; not even their owner changes a row by mistake."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Refuse: what was told of places is not taken back."""
    raise RuntimeError("what was told of places is not taken back")
