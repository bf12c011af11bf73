"""Custody: statements as received, device sequences, quarantine, seals, and the projections.

A statement, once received, is evidence: the database refuses to change or remove one.

Locks  New tables only.
Undo   None: evidence is not taken back. Never edit this file once released.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and say who may do what with them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE statements (
            hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
            device text NOT NULL,
            sequence bigint NOT NULL,
            parcel text NOT NULL,
            received_ms bigint NOT NULL,
            raw bytea NOT NULL,
            signature bytea NOT NULL,
            body text,
            seq bigint NOT NULL
        )
    """)
    op.execute("CREATE INDEX ix_statements_parcel ON statements (parcel)")
    op.execute("""
        CREATE TABLE device_sequences (
            device text, sequence bigint, hash bytea NOT NULL, PRIMARY KEY (device, sequence)
        )
    """)
    op.execute("""
        CREATE TABLE quarantined (
            hash bytea, signature bytea, device text NOT NULL, received_ms bigint NOT NULL, raw bytea NOT NULL,
            why text NOT NULL, PRIMARY KEY (hash, signature)
        )
    """)
    op.execute(
        "CREATE TABLE seals (serial text PRIMARY KEY, party text NOT NULL, issued_ms bigint NOT NULL, parcel text)"
    )
    op.execute("""
        CREATE TABLE holdings (
            parcel text PRIMARY KEY, custodian text NOT NULL, since_ms bigint NOT NULL, state text NOT NULL,
            state_ms bigint NOT NULL, merchant text NOT NULL, recipient text NOT NULL, seq bigint NOT NULL
        )
    """)
    op.execute("CREATE INDEX ix_holdings_custodian ON holdings (custodian)")
    op.execute("CREATE INDEX ix_holdings_seq ON holdings (seq)")
    op.execute("CREATE INDEX ix_holdings_state ON holdings (state, seq)")
    op.execute("CREATE INDEX ix_holdings_merchant ON holdings (merchant)")
    op.execute("""
        CREATE TABLE offers (
            parcel text, handover text, after text NOT NULL, told_ms bigint NOT NULL, open boolean NOT NULL,
            PRIMARY KEY (parcel, handover)
        )
    """)
    op.execute("CREATE INDEX ix_offers_open ON offers (told_ms) WHERE open")
    op.execute("""
        CREATE TABLE exceptions (
            exception text PRIMARY KEY, parcel text NOT NULL, kind text NOT NULL, state text NOT NULL, owner text,
            resolution text, recorded text, told text, handover text, place text, cause text, device text,
            opened_ms bigint NOT NULL, seq bigint NOT NULL
        )
    """)
    op.execute("CREATE INDEX ix_exceptions_opened ON exceptions (opened_ms, exception)")
    op.execute("CREATE INDEX ix_exceptions_state ON exceptions (state, opened_ms)")
    op.execute("CREATE INDEX ix_exceptions_parcel ON exceptions (parcel)")
    _protect()


def _protect() -> None:
    """Say who may do what with the tables."""
    for table in ("statements", "device_sequences"):
        op.execute(f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """)
    op.execute("GRANT SELECT, INSERT ON statements, device_sequences, quarantined TO safehand_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON seals TO safehand_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON holdings, offers, exceptions TO safehand_app")


def downgrade() -> None:
    """Refuse: evidence is not taken back."""
    raise RuntimeError("statements are not taken back")
