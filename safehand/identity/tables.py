"""Tables of identity. Secrets stand here as hashes only; names of natural persons as ids of the vault."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from safehand.store.schema import metadata
from safehand.vault.tables import vault_bodies, vault_persons

parties = Table(
    "parties",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text),
    Column("person", Text, ForeignKey(vault_persons.c.person)),
    Column("name_body", Text, ForeignKey(vault_bodies.c.id)),
    Column("country", Text),
    Column("place", Text),
    Column("employer", Text, ForeignKey("parties.id")),
    Column("made_ms", BigInteger, nullable=False),
    CheckConstraint("(name IS NULL) = (name_body IS NOT NULL)", name="one_name"),
    Index(None, "employer"),
)

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("party", Text, ForeignKey("parties.id")),
    Column("person", Text, ForeignKey(vault_persons.c.person), nullable=False),
    Column("name_body", Text, ForeignKey(vault_bodies.c.id), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("made_by", Text),
    Column("disabled_ms", BigInteger),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
    Column("proved_ms", BigInteger),
    Column("way", Text),
    Column("agent", Text),
    Index(None, "user_id"),
    Index(None, "expires_ms"),
)

setup_links = Table(
    "setup_links",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("made_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
)

throttles = Table(
    "throttles",
    metadata,
    Column("subject", LargeBinary, primary_key=True),
    Column("drained_ms", BigInteger, nullable=False),
    Index(None, "drained_ms"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("party", Text, ForeignKey("parties.id"), nullable=False),
    Column("label", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("made_by", Text, ForeignKey("users.id")),
    Column("used_ms", BigInteger),
    Column("revoked_ms", BigInteger),
    Column("expires_ms", BigInteger),
    Column("predecessor", Text, ForeignKey("api_keys.id")),
    Column("used_from", Text),
    Column("used_by", Text),
    Index(None, "party"),
    Index("api_keys_predecessor_key", "predecessor", unique=True),
)

device_codes = Table(
    "device_codes",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("party", Text, ForeignKey("parties.id"), nullable=False),
    Column("label", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("made_by", Text, ForeignKey("users.id"), nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    Column("replaces", Text, ForeignKey("devices.id")),
    Index(None, "expires_ms"),
)

devices = Table(
    "devices",
    metadata,
    Column("id", Text, primary_key=True),
    Column("party", Text, ForeignKey("parties.id"), nullable=False),
    Column("label", Text, nullable=False),
    Column("public_key", LargeBinary, CheckConstraint("octet_length(public_key) = 65", name="point"), nullable=False),
    Column("enrolled_by", Text, ForeignKey("users.id"), nullable=False),
    Column("enrolled_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
    Column("revoked_by", Text, ForeignKey("users.id")),
    Column("retired_ms", BigInteger),
    Column("predecessor", Text, ForeignKey("devices.id")),
    Column("outbox_end", BigInteger),
    Index(None, "party"),
    Index("devices_public_key_key", "public_key", unique=True),
    Index("devices_predecessor_key", "predecessor", unique=True),
)

recipient_links = Table(
    "recipient_links",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("parcel", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
    Column("used_ms", BigInteger),
    Column("revoked_by", Text),
    Column("wanted_ms", BigInteger),
    Index(None, "parcel"),
    Index(None, "wanted_ms", postgresql_where=text("wanted_ms IS NOT NULL")),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("credential", LargeBinary, nullable=False, unique=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("label", Text, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    Column("suspect_ms", BigInteger),
    Column("removed_ms", BigInteger),
    Column("removed_by", Text, ForeignKey("users.id")),
    Index(None, "user_id"),
)

ceremonies = Table(
    "ceremonies",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("session", Text),
    Column("expires_ms", BigInteger, nullable=False),
    Column("goes_to", Text),
    Index(None, "expires_ms"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    Column("replaced_ms", BigInteger),
    Index(None, "user_id"),
)

known_browsers = Table(
    "known_browsers",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), primary_key=True),
    Column("made_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Index(None, "user_id"),
)

reset_links = Table(
    "reset_links",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("made_by", Text, ForeignKey("users.id")),
    Column("expires_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    Column("replaced_ms", BigInteger),
    Index(None, "user_id"),
)

linked_identities = Table(
    "linked_identities",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", LargeBinary, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("made_by", Text, ForeignKey("users.id")),
    Column("used_ms", BigInteger),
    Column("removed_ms", BigInteger),
    Column("removed_by", Text, ForeignKey("users.id")),
    Index("linked_identities_hash_key", "hash", unique=True, postgresql_where=text("removed_ms IS NULL")),
    Index(
        "linked_identities_user_id_key", "user_id", "issuer", unique=True, postgresql_where=text("removed_ms IS NULL")
    ),
)

call_attempts = Table(
    "call_attempts",
    metadata,
    Column("attempt", BigInteger, Identity(always=True), primary_key=True),
    Column("agent", Text, ForeignKey("users.id"), nullable=False),
    Column("about", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("fits", Boolean),
    Index(None, "agent", "at_ms"),
)

call_grants = Table(
    "call_grants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("agent", Text, ForeignKey("users.id"), nullable=False),
    Column("session", Text, nullable=False),
    Column("parcel", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempt", BigInteger, ForeignKey("call_attempts.attempt"), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
    Index(None, "session"),
)
