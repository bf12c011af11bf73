"""The carrier's own sign-in: which account at the provider is whose; where a browser goes when it comes back.

Locks  `ceremonies` for a moment, to add a column without a rewrite; a new table otherwise. Safe while people work.
Undo   A later migration drops both. Nobody would come in by the provider, other ways stay. Never edit once released.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE ceremonies ADD COLUMN goes_to text",
    """
    CREATE TABLE linked_identities (
        id text CONSTRAINT linked_identities_pk PRIMARY KEY,
        hash bytea NOT NULL,
        issuer text NOT NULL,
        user_id text NOT NULL CONSTRAINT linked_identities_user_id_fk REFERENCES users (id),
        made_ms bigint NOT NULL,
        made_by text CONSTRAINT linked_identities_made_by_fk REFERENCES users (id),
        used_ms bigint,
        removed_ms bigint,
        removed_by text CONSTRAINT linked_identities_removed_by_fk REFERENCES users (id)
    )
    """,
    "CREATE UNIQUE INDEX linked_identities_hash_key ON linked_identities (hash) WHERE removed_ms IS NULL",
    "CREATE UNIQUE INDEX linked_identities_user_id_key ON linked_identities (user_id, issuer) WHERE removed_ms IS NULL",
    # What somebody may have to answer for stays.
    "GRANT SELECT, INSERT, UPDATE ON linked_identities TO safehand_app",
)


def upgrade() -> None:
    """Make them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)
