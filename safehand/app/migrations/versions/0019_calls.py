"""Calls: what agents tried, and the parcels that were opened to them. Of a row only its outcome or end changes.

Locks  New tables only; `users` is referred to, which waits for nobody's sign-in longer than a moment.
Undo   A later migration drops the tables. Never edit this file once released.
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE call_attempts (
        attempt bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT call_attempts_pk PRIMARY KEY,
        agent text NOT NULL CONSTRAINT call_attempts_agent_fk REFERENCES users (id),
        about text NOT NULL,
        at_ms bigint NOT NULL,
        fits boolean
    )
    """,
    "CREATE INDEX call_attempts_agent_at_ms_idx ON call_attempts (agent, at_ms)",
    """
    CREATE TABLE call_grants (
        id text CONSTRAINT call_grants_pk PRIMARY KEY,
        agent text NOT NULL CONSTRAINT call_grants_agent_fk REFERENCES users (id),
        session text NOT NULL,
        parcel text NOT NULL,
        person text NOT NULL,
        reason text NOT NULL,
        attempt bigint NOT NULL CONSTRAINT call_grants_attempt_fk REFERENCES call_attempts (attempt),
        made_ms bigint NOT NULL,
        expires_ms bigint NOT NULL,
        ended_ms bigint
    )
    """,
    "CREATE INDEX call_grants_session_idx ON call_grants (session)",
    "GRANT SELECT, INSERT ON call_attempts, call_grants TO safehand_app",
    "GRANT UPDATE (fits) ON call_attempts TO safehand_app",
    "GRANT UPDATE (ended_ms) ON call_grants TO safehand_app",
)


def upgrade() -> None:
    """Make the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)
