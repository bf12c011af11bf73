"""Recipients' links: when each was used last, who revoked it, and whether a new one is wanted instead.

Locks  One table for a moment: columns without a default, no row is touched.
Undo   A later migration drops the columns. Never edit this file once released.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE recipient_links
            ADD COLUMN used_ms bigint,
            ADD COLUMN revoked_by text,
            ADD COLUMN wanted_ms bigint
    """)
    op.execute("CREATE INDEX recipient_links_wanted_ms_idx ON recipient_links (wanted_ms) WHERE wanted_ms IS NOT NULL")


def downgrade() -> None:
    """Drop the columns."""
    op.execute("ALTER TABLE recipient_links DROP COLUMN used_ms, DROP COLUMN revoked_by, DROP COLUMN wanted_ms")
