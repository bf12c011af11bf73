"""Shipments and parcels, and the counters behind their numbers.

Locks  New tables only.
Undo   None: a number given out names its parcel for ever. Never edit this file once released.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and counters."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE shipments (
            shipment text PRIMARY KEY, merchant text NOT NULL, recipient text NOT NULL, reference text,
            service text NOT NULL, promised_on date NOT NULL, body text NOT NULL, created_ms bigint NOT NULL
        )
    """)
    op.execute("CREATE INDEX ix_shipments_merchant ON shipments (merchant, created_ms)")
    op.execute("""
        CREATE TABLE parcels (
            parcel text PRIMARY KEY,
            shipment text NOT NULL,
            sscc text NOT NULL CONSTRAINT uq_parcels_sscc UNIQUE,
            s10 text NOT NULL CONSTRAINT uq_parcels_s10 UNIQUE,
            tracking text NOT NULL CONSTRAINT uq_parcels_tracking UNIQUE,
            sealed boolean NOT NULL,
            weight_g integer NOT NULL,
            length_mm integer, width_mm integer, height_mm integer,
            contents text NOT NULL
        )
    """)
    op.execute("CREATE INDEX ix_parcels_shipment ON parcels (shipment)")
    op.execute("CREATE SEQUENCE sscc_serial AS bigint")
    op.execute("CREATE SEQUENCE s10_serial AS bigint MAXVALUE 99999999 CYCLE")
    op.execute("GRANT SELECT, INSERT ON shipments, parcels TO safehand_app")
    op.execute("GRANT USAGE ON SEQUENCE sscc_serial, s10_serial TO safehand_app")


def downgrade() -> None:
    """Refuse: numbers are not taken back."""
    raise RuntimeError("parcel numbers are not taken back")
