"""The ledger's tables. The application's role may add rows to `facts` and `log_positions`, never change one."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text, UniqueConstraint

from safehand.store.schema import metadata

facts = Table(
    "facts",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("stream", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("fact", LargeBinary, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    UniqueConstraint("stream", "version"),
)

heads = Table(
    "heads",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", LargeBinary, nullable=False),
)

facts_to_sequence = Table(
    "facts_to_sequence",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
)

log_positions = Table(
    "log_positions",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False, unique=True),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    Column("signed_ms", BigInteger, nullable=False),
)

projection_cursors = Table(
    "projection_cursors",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)

APPEND_ONLY = ("facts", "log_positions", "checkpoints")
"""What the database itself refuses to change."""
