"""Audit: findings as they stand, and every step about them. Steps can be added and never changed.

Locks  New tables only; `users` is referred to, which waits for nobody's sign-in longer than a moment.
Undo   A later migration drops the tables. Never edit this file once released.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE audit_findings (
            id text CONSTRAINT audit_findings_pk PRIMARY KEY,
            kind text NOT NULL, about text NOT NULL, severity text NOT NULL, params jsonb NOT NULL,
            since_ms bigint NOT NULL, seen_ms bigint NOT NULL, state text NOT NULL, due_ms bigint NOT NULL,
            owner text CONSTRAINT audit_findings_owner_fk REFERENCES users (id),
            accepted_until_ms bigint, closed_ms bigint,
            closed_by text CONSTRAINT audit_findings_closed_by_fk REFERENCES users (id), note text NOT NULL
        )
    """)
    op.execute("CREATE INDEX audit_findings_state_due_ms_idx ON audit_findings (state, due_ms)")
    op.execute("""
        CREATE TABLE audit_steps (
            number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_steps_pk PRIMARY KEY,
            finding text NOT NULL CONSTRAINT audit_steps_finding_fk REFERENCES audit_findings (id),
            kind text NOT NULL, at_ms bigint NOT NULL,
            by text CONSTRAINT audit_steps_by_fk REFERENCES users (id), note text NOT NULL
        )
    """)
    op.execute("CREATE INDEX audit_steps_finding_idx ON audit_steps (finding)")
    op.execute("GRANT SELECT, INSERT, UPDATE ON audit_findings TO safehand_app")
    op.execute("GRANT SELECT, INSERT ON audit_steps TO safehand_app")


def downgrade() -> None:
    """Drop the tables."""
    op.execute("DROP TABLE audit_steps, audit_findings")
