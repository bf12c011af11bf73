"""Custody's tables: statements as received, seals, and what its projections keep."""

from sqlalchemy import BigInteger, Boolean, Column, LargeBinary, Table, Text

from safehand.store.schema import metadata

statements = Table(
    "statements",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("device", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("parcel", Text, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("body", Text),
    Column("seq", BigInteger, nullable=False),
)

device_sequences = Table(
    "device_sequences",
    metadata,
    Column("device", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
)

quarantined = Table(
    "quarantined",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("signature", LargeBinary, primary_key=True),
    Column("device", Text, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("why", Text, nullable=False),
)

seals = Table(
    "seals",
    metadata,
    Column("serial", Text, primary_key=True),
    Column("party", Text, nullable=False),
    Column("issued_ms", BigInteger, nullable=False),
    Column("parcel", Text),
)

holdings = Table(
    "holdings",
    metadata,
    Column("parcel", Text, primary_key=True),
    Column("custodian", Text, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_ms", BigInteger, nullable=False),
    Column("merchant", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
)

offers = Table(
    "offers",
    metadata,
    Column("parcel", Text, primary_key=True),
    Column("handover", Text, primary_key=True),
    Column("after", Text, nullable=False),
    Column("told_ms", BigInteger, nullable=False),
    Column("open", Boolean, nullable=False),
)

exceptions = Table(
    "exceptions",
    metadata,
    Column("exception", Text, primary_key=True),
    Column("parcel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("owner", Text),
    Column("resolution", Text),
    Column("recorded", Text),
    Column("told", Text),
    Column("handover", Text),
    Column("place", Text),
    Column("cause", Text),
    Column("device", Text),
    Column("opened_ms", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
)
