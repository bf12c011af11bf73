"""Ways in: passkeys, ceremonies, recovery codes, known browsers, resets; proof at a session.

Locks  `sessions` for a moment, to add columns without a rewrite; new tables otherwise. Safe while people work.
Undo   A later migration drops the tables. Passkeys and codes would be gone, passwords stay. Never edit once released.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = (
    "ALTER TABLE sessions ADD COLUMN proved_ms bigint, ADD COLUMN way text, ADD COLUMN agent text",
    """
    CREATE TABLE passkeys (
        id text CONSTRAINT passkeys_pk PRIMARY KEY,
        credential bytea NOT NULL CONSTRAINT passkeys_credential_key UNIQUE,
        user_id text NOT NULL CONSTRAINT passkeys_user_id_fk REFERENCES users (id),
        public_key bytea NOT NULL,
        label text NOT NULL,
        sign_count bigint NOT NULL,
        made_ms bigint NOT NULL,
        used_ms bigint,
        suspect_ms bigint,
        removed_ms bigint,
        removed_by text CONSTRAINT passkeys_removed_by_fk REFERENCES users (id)
    )
    """,
    "CREATE INDEX passkeys_user_id_idx ON passkeys (user_id)",
    """
    CREATE TABLE ceremonies (
        hash bytea CONSTRAINT ceremonies_pk PRIMARY KEY,
        purpose text NOT NULL,
        session text,
        expires_ms bigint NOT NULL
    )
    """,
    "CREATE INDEX ceremonies_expires_ms_idx ON ceremonies (expires_ms)",
    """
    CREATE TABLE recovery_codes (
        hash bytea CONSTRAINT recovery_codes_pk PRIMARY KEY,
        user_id text NOT NULL CONSTRAINT recovery_codes_user_id_fk REFERENCES users (id),
        made_ms bigint NOT NULL,
        used_ms bigint,
        replaced_ms bigint
    )
    """,
    "CREATE INDEX recovery_codes_user_id_idx ON recovery_codes (user_id)",
    """
    CREATE TABLE known_browsers (
        hash bytea NOT NULL,
        user_id text NOT NULL CONSTRAINT known_browsers_user_id_fk REFERENCES users (id),
        made_ms bigint NOT NULL,
        expires_ms bigint NOT NULL,
        CONSTRAINT known_browsers_pk PRIMARY KEY (hash, user_id)
    )
    """,
    "CREATE INDEX known_browsers_user_id_idx ON known_browsers (user_id)",
    """
    CREATE TABLE reset_links (
        hash bytea CONSTRAINT reset_links_pk PRIMARY KEY,
        user_id text NOT NULL CONSTRAINT reset_links_user_id_fk REFERENCES users (id),
        made_ms bigint NOT NULL,
        made_by text NOT NULL CONSTRAINT reset_links_made_by_fk REFERENCES users (id),
        expires_ms bigint NOT NULL,
        used_ms bigint,
        replaced_ms bigint
    )
    """,
    "CREATE INDEX reset_links_user_id_idx ON reset_links (user_id)",
    # What somebody may have to answer for stays; what ran out answers no question.
    "GRANT SELECT, INSERT, UPDATE ON passkeys, recovery_codes, reset_links TO safehand_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ceremonies, known_browsers TO safehand_app",
)


def upgrade() -> None:
    """Make them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in TABLES:
        op.execute(statement)
