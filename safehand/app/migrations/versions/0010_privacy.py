"""Privacy: several master keys, look-ups, legal holds, who read what, the journal's mark, retention, requests.

Locks  vault_persons, vault_bodies and vault_master for as long as their new indexes and foreign keys take: seconds
       a million rows. shipments for a moment. Older processes go on; they leave new shipments without look-ups.
Undo   A later migration drops what was added. `reads` is evidence. Never edit this file once released.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and say who may do what with them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _keys()
    _persons()
    _reads()
    _retention()
    op.execute("ALTER TABLE shipments ADD COLUMN reference_body text")
    op.execute("CREATE INDEX ix_shipments_recipient ON shipments (recipient)")
    op.execute("GRANT UPDATE (reference) ON shipments TO safehand_app")  # what older versions wrote there is erased
    op.execute("GRANT DELETE ON evidence_files, pins TO safehand_app")


def _keys() -> None:
    """A key that something is wrapped with cannot be removed: the foreign keys say so."""
    op.execute("""
        CREATE TABLE vault_keys (
            fingerprint text CONSTRAINT vault_keys_pk PRIMARY KEY,
            made_ms bigint NOT NULL
        )
    """)
    op.execute("""
        INSERT INTO vault_keys SELECT master, min(made_ms) FROM (
            SELECT fingerprint AS master, 0 AS made_ms FROM vault_master
            UNION ALL SELECT master, made_ms FROM vault_persons
        ) k GROUP BY master
    """)
    op.execute("ALTER TABLE vault_master ADD COLUMN index_key bytea")
    for table, column in (("vault_master", "fingerprint"), ("vault_persons", "master")):
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_fk"
            f" FOREIGN KEY ({column}) REFERENCES vault_keys (fingerprint)"
        )
    op.execute("CREATE INDEX vault_persons_master_idx ON vault_persons (master)")
    op.execute("GRANT SELECT, INSERT, DELETE ON vault_keys TO safehand_app")
    op.execute("GRANT UPDATE ON vault_master TO safehand_app")


def _persons() -> None:
    op.execute("""
        CREATE TABLE vault_lookups (
            person text NOT NULL CONSTRAINT vault_lookups_person_fk REFERENCES vault_persons (person),
            clue text NOT NULL,
            hash bytea NOT NULL CONSTRAINT vault_lookups_size_check CHECK (octet_length(hash) = 8),
            CONSTRAINT vault_lookups_pk PRIMARY KEY (person, clue, hash)
        )
    """)
    op.execute("CREATE INDEX vault_bodies_kind_made_ms_idx ON vault_bodies (kind, made_ms) WHERE sealed IS NOT NULL")
    op.execute("CREATE INDEX vault_lookups_clue_hash_idx ON vault_lookups (clue, hash)")
    op.execute("""
        CREATE TABLE vault_holds (
            id text CONSTRAINT vault_holds_pk PRIMARY KEY,
            person text NOT NULL CONSTRAINT vault_holds_person_fk REFERENCES vault_persons (person),
            parcel text,
            ground text NOT NULL,
            reference text NOT NULL,
            placed_by text NOT NULL,
            placed_ms bigint NOT NULL,
            until_ms bigint NOT NULL,
            lifted_by text,
            lifted_ms bigint
        )
    """)
    op.execute("CREATE INDEX vault_holds_person_idx ON vault_holds (person)")
    op.execute("GRANT SELECT, INSERT, DELETE ON vault_lookups TO safehand_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON vault_holds TO safehand_app")


def _reads() -> None:
    op.execute("""
        CREATE TABLE reads (
            read bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at_ms bigint NOT NULL, reader text NOT NULL,
            reader_kind text NOT NULL, party text, action text NOT NULL, person text NOT NULL, parcel text, why text
        )
    """)
    op.execute("CREATE INDEX ix_reads_person ON reads (person, read)")
    op.execute("CREATE INDEX ix_reads_reader ON reads (reader, read)")
    op.execute("""
        CREATE TRIGGER reads_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reads
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """)
    op.execute("GRANT SELECT, INSERT ON reads TO safehand_app")


def _retention() -> None:
    op.execute("""
        CREATE TABLE erasure_journal (
            one boolean PRIMARY KEY CHECK (one), journal text NOT NULL, applied bigint NOT NULL, last text NOT NULL
        )
    """)
    op.execute("CREATE TABLE retention (kind text PRIMARY KEY, days integer NOT NULL, set_by text, set_ms bigint)")
    op.execute("""
        CREATE TABLE retention_runs (
            at_ms bigint, kind text, days integer NOT NULL, removed integer NOT NULL, held integer NOT NULL,
            waiting integer NOT NULL, overdue integer NOT NULL, PRIMARY KEY (at_ms, kind)
        )
    """)
    op.execute("""
        CREATE TABLE privacy_requests (
            id text PRIMARY KEY, person text NOT NULL, parcel text NOT NULL, wish text NOT NULL,
            asked_ms bigint NOT NULL,
            decision text, decided_by text, decided_ms bigint
        )
    """)
    op.execute("CREATE UNIQUE INDEX uq_privacy_requests_open ON privacy_requests (person, wish) WHERE decision IS NULL")
    op.execute("GRANT SELECT, INSERT, UPDATE ON erasure_journal, retention, privacy_requests TO safehand_app")
    op.execute("GRANT SELECT, INSERT, DELETE ON retention_runs TO safehand_app")


def downgrade() -> None:
    """Refuse: who read what is not taken back."""
    raise RuntimeError("reads are not taken back")
