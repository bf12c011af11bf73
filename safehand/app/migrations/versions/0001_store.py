"""Jobs, remembered requests, and what the application's role may do at all.

Locks  New tables only.
Undo   A later migration. Never edit this file once released.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of safehand/store."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    op.execute("GRANT USAGE ON SCHEMA public TO safehand_app")
    op.execute("GRANT SELECT ON alembic_version TO safehand_app")
    op.execute("""
        CREATE TABLE jobs (
            id text CONSTRAINT jobs_pk PRIMARY KEY,
            kind text NOT NULL,
            payload jsonb NOT NULL,
            unique_key text,
            state text NOT NULL CONSTRAINT jobs_state_check CHECK (state IN ('waiting', 'running', 'dead')),
            due_ms bigint NOT NULL,
            lease text,
            attempts integer NOT NULL DEFAULT 0,
            attempts_max integer NOT NULL,
            created_ms bigint NOT NULL,
            failed_ms bigint,
            failure text
        )
    """)
    op.execute("CREATE INDEX jobs_due_idx ON jobs (due_ms, id) WHERE state <> 'dead'")
    op.execute("CREATE UNIQUE INDEX jobs_unique_key ON jobs (kind, unique_key) WHERE state <> 'dead'")
    op.execute("CREATE INDEX jobs_dead_idx ON jobs (failed_ms, id) WHERE state = 'dead'")
    # Rows come and go: visit them often, so that the table stays as small as what waits.
    op.execute("ALTER TABLE jobs SET (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000)")
    op.execute("""
        CREATE TABLE remembered_requests (
            scope text NOT NULL,
            key text NOT NULL,
            request_hash bytea NOT NULL,
            status integer,
            body bytea,
            expires_ms bigint NOT NULL,
            CONSTRAINT remembered_requests_pk PRIMARY KEY (scope, key)
        )
    """)
    op.execute("CREATE INDEX remembered_requests_expires_idx ON remembered_requests (expires_ms)")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON jobs, remembered_requests TO safehand_app")
