"""Manifests and services: what is promised as data, many shipments in one call, and what a parcel is told to be.

Locks  parcels and shipments, for a moment: columns without a value, and an index that is built while nobody writes
       (seconds for a million parcels).
Undo   None: what a manifest brought is on record. Never edit this file once released.
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE services (
        version bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT services_pk PRIMARY KEY,
        code text NOT NULL,
        body bytea NOT NULL,
        by_user text,
        made_ms bigint NOT NULL
    )
    """,
    "CREATE INDEX services_code_version_idx ON services (code, version DESC)",
    """
    INSERT INTO services (code, body, made_ms)
    SELECT said ->> 'code', convert_to(said::text, 'UTF8'), 0
    FROM (VALUES
        (json_build_object('code', 'standard', 'working_days', 2)),
        (json_build_object('code', 'express', 'working_days', 1, 'cut_off', 840))
    ) AS shipped (said)
    """,
    """
    CREATE TABLE manifests (
        manifest text CONSTRAINT manifests_pk PRIMARY KEY,
        merchant text NOT NULL,
        hash bytea NOT NULL,
        received_ms bigint NOT NULL,
        taken integer NOT NULL DEFAULT 0,
        known integer NOT NULL DEFAULT 0,
        refused integer NOT NULL DEFAULT 0,
        parcels integer NOT NULL DEFAULT 0,
        report bytea,
        CONSTRAINT manifests_merchant_hash_key UNIQUE (merchant, hash)
    )
    """,
    """
    CREATE TABLE manifest_keys (
        merchant text NOT NULL,
        key bytea NOT NULL,
        shipment text NOT NULL,
        made_ms bigint NOT NULL,
        CONSTRAINT manifest_keys_pk PRIMARY KEY (merchant, key)
    )
    """,
    """
    ALTER TABLE shipments
        ADD COLUMN manifest text, ADD COLUMN depot text, ADD COLUMN lane text, ADD COLUMN route text
    """,
    """
    ALTER TABLE parcels
        ADD COLUMN other_number text,
        ADD COLUMN dangerous text[] NOT NULL DEFAULT '{}',
        ADD COLUMN age_min integer,
        ADD COLUMN collects boolean NOT NULL DEFAULT false
    """,
    "CREATE INDEX parcels_other_number_idx ON parcels (other_number) WHERE other_number IS NOT NULL",
    "GRANT SELECT, INSERT ON services, manifests, manifest_keys TO safehand_app",
    "GRANT UPDATE (taken, known, refused, parcels, report) ON manifests TO safehand_app",
    "GRANT DELETE ON manifest_keys TO safehand_app",
)


def upgrade() -> None:
    """Make the tables and columns."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Refuse: what was promised is on record."""
    raise RuntimeError("manifests are not taken back")
