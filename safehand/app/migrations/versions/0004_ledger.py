"""The ledger: facts, heads, log positions, checkpoints, cursors.

Facts, positions and checkpoints refuse UPDATE, DELETE and TRUNCATE in the database, not in review. The owner of the
database can still drop a trigger: only a checkpoint that somebody else keeps shows that.

Locks  New tables only.
Undo   None: the ledger is not taken back. Never edit this file once released.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPEND_ONLY = ("facts", "log_positions", "checkpoints")


def upgrade() -> None:
    """Make the tables, the sequence and the triggers that refuse a change."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE facts (
            seq bigint PRIMARY KEY,
            stream text NOT NULL,
            version integer NOT NULL,
            name text NOT NULL,
            fact bytea NOT NULL,
            salt bytea NOT NULL CHECK (octet_length(salt) = 32),
            received_ms bigint NOT NULL,
            CONSTRAINT uq_facts_stream UNIQUE (stream, version)
        )
    """)
    op.execute("CREATE SEQUENCE facts_seq AS bigint")
    op.execute("""
        CREATE TABLE heads (stream text PRIMARY KEY, version integer NOT NULL, state bytea NOT NULL)
    """)
    op.execute("CREATE TABLE facts_to_sequence (seq bigint PRIMARY KEY)")
    op.execute("""
        CREATE TABLE log_positions (
            position bigint PRIMARY KEY CHECK (position >= 0),
            seq bigint NOT NULL,
            CONSTRAINT uq_log_positions_seq UNIQUE (seq)
        )
    """)
    op.execute("CREATE TABLE checkpoints (size bigint PRIMARY KEY, note bytea NOT NULL, signed_ms bigint NOT NULL)")
    op.execute("CREATE TABLE projection_cursors (name text PRIMARY KEY, position bigint NOT NULL)")
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the ledger is append-only: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = '42501';
        END $$
    """)
    for table in APPEND_ONLY:
        op.execute(f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """)
        op.execute(f"GRANT SELECT, INSERT ON {table} TO safehand_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON heads, projection_cursors TO safehand_app")
    op.execute("GRANT SELECT, INSERT, DELETE ON facts_to_sequence TO safehand_app")
    op.execute("GRANT USAGE ON SEQUENCE facts_seq TO safehand_app")


def downgrade() -> None:
    """Refuse: nobody takes a ledger back."""
    raise RuntimeError("the ledger is not taken back")
