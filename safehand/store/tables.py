"""The store's own tables: jobs that wait, and requests that were answered."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from safehand.store.schema import metadata

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("unique_key", Text),
    Column("state", Text, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("lease", Text),
    Column("attempts", Integer, nullable=False),
    Column("attempts_max", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("failed_ms", BigInteger),
    Column("failure", Text),
)

remembered_requests = Table(
    "remembered_requests",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_hash", LargeBinary, nullable=False),
    Column("status", Integer),
    Column("body", LargeBinary),
    Column("expires_ms", BigInteger, nullable=False),
)
