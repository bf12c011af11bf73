"""People: which subcontractor a driver works for, and to whom a parcel is offered.

Locks  Adds a column without a default and one with a constant: short. Two indexes on tables in use are built while
       writers wait: seconds for a million parcels.
Undo   The downgrade drops the columns; who works for whom is lost.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. What was offered before is known again with the parcel's next fact."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE parties ADD COLUMN employer text CONSTRAINT parties_employer_fk REFERENCES parties (id)")
    op.execute("CREATE INDEX parties_employer_idx ON parties (employer)")
    op.execute("ALTER TABLE holdings ADD COLUMN offered_to text[] NOT NULL DEFAULT '{}'")
    op.execute("CREATE INDEX ix_holdings_offered_to ON holdings USING gin (offered_to)")


def downgrade() -> None:
    """Drop the columns."""
    op.execute("ALTER TABLE holdings DROP COLUMN offered_to")
    op.execute("ALTER TABLE parties DROP COLUMN employer")
