"""Clones: from where devices speak, and alarms about those that speak from two places.

Locks  New tables only.
Undo   A later migration drops the tables. Never edit this file once released.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE device_instances (
            device text PRIMARY KEY REFERENCES devices (id), instance bytea, since_ms bigint NOT NULL,
            past bytea[] NOT NULL, last_at_ms bigint NOT NULL, seen_ms bigint NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE device_alarms (
            id text PRIMARY KEY, device text NOT NULL REFERENCES devices (id), kind text NOT NULL,
            first_ms bigint NOT NULL, last_ms bigint NOT NULL, times bigint NOT NULL, closed_ms bigint,
            closed_by text REFERENCES users (id)
        )
    """)
    op.execute("CREATE UNIQUE INDEX device_alarms_open_key ON device_alarms (device, kind) WHERE closed_ms IS NULL")
    op.execute("GRANT SELECT, INSERT, UPDATE ON device_instances, device_alarms TO safehand_app")


def downgrade() -> None:
    """Drop the tables."""
    op.execute("DROP TABLE device_alarms, device_instances")
