"""Identity: parties, users, sessions, set-up links, throttles, merchant keys, devices, recipients' links.

Locks  New tables only.
Undo   None: nobody could sign in. Never edit this file once released.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE parties (
        id text CONSTRAINT parties_pk PRIMARY KEY,
        kind text NOT NULL,
        name text,
        person text CONSTRAINT parties_person_fk REFERENCES vault_persons (person),
        name_body text CONSTRAINT parties_name_body_fk REFERENCES vault_bodies (id),
        country text,
        place text,
        made_ms bigint NOT NULL,
        CONSTRAINT parties_one_name_check CHECK ((name IS NULL) = (name_body IS NOT NULL))
    )
    """,
    """
    CREATE TABLE users (
        id text CONSTRAINT users_pk PRIMARY KEY,
        login text NOT NULL CONSTRAINT users_login_key UNIQUE,
        password_hash text NOT NULL,
        roles text[] NOT NULL,
        party text CONSTRAINT users_party_fk REFERENCES parties (id),
        person text NOT NULL CONSTRAINT users_person_fk REFERENCES vault_persons (person),
        name_body text NOT NULL CONSTRAINT users_name_body_fk REFERENCES vault_bodies (id),
        made_ms bigint NOT NULL,
        made_by text,
        disabled_ms bigint
    )
    """,
    """
    CREATE TABLE sessions (
        id text CONSTRAINT sessions_pk PRIMARY KEY,
        hash bytea NOT NULL CONSTRAINT sessions_hash_key UNIQUE,
        user_id text NOT NULL CONSTRAINT sessions_user_id_fk REFERENCES users (id),
        made_ms bigint NOT NULL,
        seen_ms bigint NOT NULL,
        expires_ms bigint NOT NULL,
        revoked_ms bigint
    )
    """,
    "CREATE INDEX sessions_user_id_idx ON sessions (user_id)",
    "CREATE INDEX sessions_expires_ms_idx ON sessions (expires_ms)",
    """
    CREATE TABLE setup_links (
        hash bytea CONSTRAINT setup_links_pk PRIMARY KEY,
        made_ms bigint NOT NULL,
        expires_ms bigint NOT NULL,
        used_ms bigint
    )
    """,
    """
    CREATE TABLE throttles (
        subject bytea CONSTRAINT throttles_pk PRIMARY KEY,
        drained_ms bigint NOT NULL
    )
    """,
    "CREATE INDEX throttles_drained_ms_idx ON throttles (drained_ms)",
    """
    CREATE TABLE api_keys (
        id text CONSTRAINT api_keys_pk PRIMARY KEY,
        hash bytea NOT NULL CONSTRAINT api_keys_hash_key UNIQUE,
        party text NOT NULL CONSTRAINT api_keys_party_fk REFERENCES parties (id),
        label text NOT NULL,
        scopes text[] NOT NULL,
        made_ms bigint NOT NULL,
        made_by text NOT NULL CONSTRAINT api_keys_made_by_fk REFERENCES users (id),
        used_ms bigint,
        revoked_ms bigint
    )
    """,
    "CREATE INDEX api_keys_party_idx ON api_keys (party)",
    """
    CREATE TABLE device_codes (
        hash bytea CONSTRAINT device_codes_pk PRIMARY KEY,
        party text NOT NULL CONSTRAINT device_codes_party_fk REFERENCES parties (id),
        label text NOT NULL,
        made_ms bigint NOT NULL,
        made_by text NOT NULL CONSTRAINT device_codes_made_by_fk REFERENCES users (id),
        expires_ms bigint NOT NULL,
        used_ms bigint
    )
    """,
    "CREATE INDEX device_codes_expires_ms_idx ON device_codes (expires_ms)",
    """
    CREATE TABLE devices (
        id text CONSTRAINT devices_pk PRIMARY KEY,
        party text NOT NULL CONSTRAINT devices_party_fk REFERENCES parties (id),
        label text NOT NULL,
        public_key bytea NOT NULL CONSTRAINT devices_point_check CHECK (octet_length(public_key) = 65),
        enrolled_by text NOT NULL CONSTRAINT devices_enrolled_by_fk REFERENCES users (id),
        enrolled_ms bigint NOT NULL,
        revoked_ms bigint,
        revoked_by text CONSTRAINT devices_revoked_by_fk REFERENCES users (id)
    )
    """,
    "CREATE INDEX devices_party_idx ON devices (party)",
    "CREATE UNIQUE INDEX devices_public_key_key ON devices (public_key)",
    """
    CREATE TABLE recipient_links (
        id text CONSTRAINT recipient_links_pk PRIMARY KEY,
        hash bytea NOT NULL CONSTRAINT recipient_links_hash_key UNIQUE,
        parcel text NOT NULL,
        person text NOT NULL,
        made_ms bigint NOT NULL,
        expires_ms bigint NOT NULL,
        revoked_ms bigint
    )
    """,
    "CREATE INDEX recipient_links_parcel_idx ON recipient_links (parcel)",
)


def upgrade() -> None:
    """Make the tables. Only what has run out (sessions, codes, throttles) may be removed by the application."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in TABLES:
        op.execute(statement)
    op.execute("GRANT SELECT, INSERT ON parties TO safehand_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON users, setup_links, api_keys, devices, recipient_links TO safehand_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, device_codes, throttles TO safehand_app")
