"""Doubtful addresses and where deliveries were confirmed. Nothing private: addresses and points lie in the vault.

Locks  New tables only; `vault_persons` and `users` are referred to, which waits for nobody longer than a moment.
Undo   A later migration drops the tables. Never edit this file once released.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE address_cases (
        id text CONSTRAINT address_cases_pk PRIMARY KEY,
        person text NOT NULL CONSTRAINT address_cases_person_fk REFERENCES vault_persons (person),
        parcel text,
        body text NOT NULL,
        doubt text NOT NULL,
        confidence_pct smallint NOT NULL CONSTRAINT address_cases_confidence_ck CHECK (confidence_pct BETWEEN 0 AND 100),
        state text NOT NULL,
        opened_ms bigint NOT NULL,
        closed_ms bigint,
        closed_by text CONSTRAINT address_cases_closed_by_fk REFERENCES users (id),
        consent text,
        consent_evidence text,
        corrected text,
        CONSTRAINT address_cases_closed_ck CHECK ((state = 'open') = (closed_ms IS NULL)),
        CONSTRAINT address_cases_consent_ck CHECK ((state = 'corrected') = (consent IS NOT NULL AND consent_evidence IS NOT NULL AND corrected IS NOT NULL))
    )
    """,  # noqa: E501
    "CREATE UNIQUE INDEX address_cases_open_uq ON address_cases (body, doubt) WHERE state = 'open'",
    "CREATE INDEX address_cases_state_id_idx ON address_cases (state, id)",
    "CREATE INDEX address_cases_person_idx ON address_cases (person)",
    """
    CREATE TABLE address_fixes (
        parcel text CONSTRAINT address_fixes_pk PRIMARY KEY,
        person text NOT NULL CONSTRAINT address_fixes_person_fk REFERENCES vault_persons (person),
        body text NOT NULL,
        at_ms bigint NOT NULL
    )
    """,
    "CREATE INDEX address_fixes_person_at_ms_idx ON address_fixes (person, at_ms)",
    "GRANT SELECT, INSERT ON address_cases, address_fixes TO safehand_app",
    "GRANT UPDATE (confidence_pct, state, closed_ms, closed_by, consent, consent_evidence, corrected)"
    " ON address_cases TO safehand_app",
)


def upgrade() -> None:
    """Make the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)
