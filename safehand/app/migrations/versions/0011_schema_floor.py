"""Schema floor: from which revision on an app can serve this database (app/schema_versions.py).

Locks  A new table only.
Undo   A later migration drops the table. Never edit this file once released.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, with a floor that every app stands on."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("CREATE TABLE schema_floor (one boolean PRIMARY KEY CHECK (one), revision text NOT NULL)")
    op.execute("INSERT INTO schema_floor VALUES (true, '0000')")
    op.execute("GRANT SELECT ON schema_floor TO safehand_app")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE schema_floor")
