"""Credentials: keys that run out and are succeeded, devices that are replaced.

Keys made before keep living without an end: `GET /v1/keys` finds them.

Locks  Each table for a moment: columns without a default and a constraint that is relaxed, no row is touched.
Undo   A later migration drops the columns. Never edit this file once released.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE api_keys
            ALTER COLUMN made_by DROP NOT NULL,
            ADD COLUMN expires_ms bigint,
            ADD COLUMN predecessor text CONSTRAINT api_keys_predecessor_fk REFERENCES api_keys (id),
            ADD COLUMN used_from text,
            ADD COLUMN used_by text
    """)
    op.execute("CREATE UNIQUE INDEX api_keys_predecessor_key ON api_keys (predecessor)")
    op.execute("""
        ALTER TABLE devices
            ADD COLUMN retired_ms bigint,
            ADD COLUMN predecessor text CONSTRAINT devices_predecessor_fk REFERENCES devices (id),
            ADD COLUMN outbox_end bigint
    """)
    op.execute("CREATE UNIQUE INDEX devices_predecessor_key ON devices (predecessor)")
    op.execute(
        "ALTER TABLE device_codes ADD COLUMN replaces text CONSTRAINT device_codes_replaces_fk REFERENCES devices (id)"
    )


def downgrade() -> None:
    """Refuse: keys that nobody made by hand would have no maker."""
    raise RuntimeError("keys and devices that were succeeded have no older form")
