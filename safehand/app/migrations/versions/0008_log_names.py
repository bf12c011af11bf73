"""Checkpoints of several logs, one after the other: a log that was declared has the sizes of the one before again.

Locks  checkpoints, while the column is written: seconds for a million rows. Nothing is signed meanwhile.
Undo   None: the ledger is not taken back. Never edit this file once released.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the log's name, which the note itself says, to the key."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE checkpoints
        ADD COLUMN origin text NOT NULL GENERATED ALWAYS AS (split_part(encode(note, 'escape'), E'\\n', 1)) STORED
    """)
    op.execute("ALTER TABLE checkpoints DROP CONSTRAINT checkpoints_pkey, ADD PRIMARY KEY (size, origin)")


def downgrade() -> None:
    """Refuse: nobody takes a ledger back."""
    raise RuntimeError("the ledger is not taken back")
