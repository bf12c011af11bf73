"""Contests of recipients: about what a rate did to one parcel, with words and answer in the vault.

Locks  risk_contests, risk_cells and risk_effects, for a moment: columns without a value, and indexes that are built
       while nobody writes to them (they are small).
Undo   None: what recipients contested is on record. Never edit this file once released.
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE risk_contests ALTER COLUMN by DROP NOT NULL",
    "ALTER TABLE risk_contests ADD COLUMN parcel text, ADD COLUMN person text",
    "ALTER TABLE risk_contests ADD COLUMN body text, ADD COLUMN answer text",
    """
    ALTER TABLE risk_contests ADD CONSTRAINT risk_contests_whose_check
    CHECK ((by IS NULL) = (person IS NOT NULL) AND (person IS NULL) = (parcel IS NULL))
    """,
    "CREATE UNIQUE INDEX risk_contests_open_idx ON risk_contests (parcel) WHERE parcel IS NOT NULL AND upheld IS NULL",
    "CREATE INDEX risk_contests_parcel_idx ON risk_contests (parcel, id) WHERE parcel IS NOT NULL",
    "CREATE INDEX risk_contests_cell_idx ON risk_contests (cell, id)",
    "CREATE INDEX risk_effects_parcel_idx ON risk_effects (parcel, number)",
    "CREATE INDEX risk_cells_rate_idx ON risk_cells (rate_ppm DESC, cell DESC)",
)


def upgrade() -> None:
    """Make room for them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Refuse: what recipients contested is on record."""
    raise RuntimeError("what recipients contested is not taken back")
