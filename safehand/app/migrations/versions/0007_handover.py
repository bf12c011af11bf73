"""Handover: PINs (sealed in the vault, failures counted here) and evidence files.

Locks  New tables only.
Undo   A later migration drops the tables. Never edit this file once released.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("CREATE TABLE pins (parcel text PRIMARY KEY, body text NOT NULL, failures integer NOT NULL)")
    op.execute("""
        CREATE TABLE evidence_files (
            parcel text, sha256 text, blob text NOT NULL, media_type text NOT NULL, device text NOT NULL,
            received_ms bigint NOT NULL, PRIMARY KEY (parcel, sha256)
        )
    """)
    op.execute("GRANT SELECT, INSERT, UPDATE ON pins TO safehand_app")
    op.execute("GRANT SELECT, INSERT ON evidence_files TO safehand_app")


def downgrade() -> None:
    """Drop the tables."""
    op.execute("DROP TABLE evidence_files, pins")
