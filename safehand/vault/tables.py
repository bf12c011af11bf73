"""Tables of the vault. What is private stands in two columns of bytes only: `wrapped` and `sealed`."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text

from safehand.store.schema import metadata

vault_master = Table(
    "vault_master",
    metadata,
    Column("one", Boolean, CheckConstraint("one", name="one"), primary_key=True),
    Column("fingerprint", Text, nullable=False),
)

vault_persons = Table(
    "vault_persons",
    metadata,
    Column("person", Text, primary_key=True),
    Column("master", Text, nullable=False),
    Column("wrapped", LargeBinary),
    Column("made_ms", BigInteger, nullable=False),
    Column("erased_ms", BigInteger),
    CheckConstraint("(wrapped IS NULL) = (erased_ms IS NOT NULL)", name="tombstone"),
)

vault_bodies = Table(
    "vault_bodies",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("vault_persons.person"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("sealed", LargeBinary),
    Column("made_ms", BigInteger, nullable=False),
    Index(None, "person"),
)
