"""PINs and evidence files, both under the recipient's key."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from safehand.store.schema import metadata

pins = Table(
    "pins",
    metadata,
    Column("parcel", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("failures", Integer, nullable=False),
)

evidence_files = Table(
    "evidence_files",
    metadata,
    Column("parcel", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("blob", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
)
