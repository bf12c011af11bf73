"""Tables of the vault. What is private stands in columns of bytes only: `wrapped`, `sealed`, `hash`, `index_key`."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text, text

from safehand.store.schema import metadata

vault_master = Table(
    "vault_master",
    metadata,
    Column("one", Boolean, CheckConstraint("one", name="one"), primary_key=True),
    Column("fingerprint", Text, ForeignKey("vault_keys.fingerprint"), nullable=False),
    Column("index_key", LargeBinary),
)

vault_keys = Table(
    "vault_keys",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("made_ms", BigInteger, nullable=False),
)

vault_persons = Table(
    "vault_persons",
    metadata,
    Column("person", Text, primary_key=True),
    Column("master", Text, ForeignKey("vault_keys.fingerprint"), nullable=False),
    Column("wrapped", LargeBinary),
    Column("made_ms", BigInteger, nullable=False),
    Column("erased_ms", BigInteger),
    CheckConstraint("(wrapped IS NULL) = (erased_ms IS NOT NULL)", name="tombstone"),
    Index(None, "master"),
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
    Index(None, "kind", "made_ms", postgresql_where=text("sealed IS NOT NULL")),
)

vault_lookups = Table(
    "vault_lookups",
    metadata,
    Column("person", Text, ForeignKey("vault_persons.person"), primary_key=True),
    Column("clue", Text, primary_key=True),
    Column("hash", LargeBinary, CheckConstraint("octet_length(hash) = 8", name="size"), primary_key=True),
    Index(None, "clue", "hash"),
)

vault_holds = Table(
    "vault_holds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("vault_persons.person"), nullable=False),
    Column("parcel", Text),
    Column("ground", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("placed_by", Text, nullable=False),
    Column("placed_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("lifted_by", Text),
    Column("lifted_ms", BigInteger),
    Index(None, "person"),
)
