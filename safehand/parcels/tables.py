"""Shipments and parcels: opaque ids, numbers and measures. Names, addresses and contents lie in the vault."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, Table, Text

from safehand.store.schema import metadata

shipments = Table(
    "shipments",
    metadata,
    Column("shipment", Text, primary_key=True),
    Column("merchant", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("reference", Text),
    Column("service", Text, nullable=False),
    Column("promised_on", Date, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)

parcels = Table(
    "parcels",
    metadata,
    Column("parcel", Text, primary_key=True),
    Column("shipment", Text, nullable=False),
    Column("sscc", Text, nullable=False, unique=True),
    Column("s10", Text, nullable=False, unique=True),
    Column("tracking", Text, nullable=False, unique=True),
    Column("sealed", Boolean, nullable=False),
    Column("weight_g", Integer, nullable=False),
    Column("length_mm", Integer),
    Column("width_mm", Integer),
    Column("height_mm", Integer),
    Column("contents", Text, nullable=False),
)
