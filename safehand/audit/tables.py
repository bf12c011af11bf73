"""Tables of the audit: findings as they stand, and every step that was ever taken about one."""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from safehand.identity.tables import users
from safehand.store.schema import metadata

audit_findings = Table(
    "audit_findings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("params", JSONB, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("owner", Text, ForeignKey(users.c.id)),
    Column("accepted_until_ms", BigInteger),
    Column("closed_ms", BigInteger),
    Column("closed_by", Text, ForeignKey(users.c.id)),
    Column("note", Text, nullable=False),
    Index("audit_findings_state_due_ms_idx", "state", "due_ms"),
)

audit_steps = Table(
    "audit_steps",
    metadata,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("finding", Text, ForeignKey(audit_findings.c.id), nullable=False),
    Column("kind", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("by", Text, ForeignKey(users.c.id)),
    Column("note", Text, nullable=False),
    Index(None, "finding"),
)
