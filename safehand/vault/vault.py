"""The vault's desk: new persons, bodies put and got, blobs sealed and opened, persons erased."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from safehand.kernel.clock import Clock
from safehand.kernel.ids import PERSON, PartyId, PersonId, new_id
from safehand.store.database import Record, Tx
from safehand.vault.errors import BodyTooLarge, NoSuchBody, NoSuchPerson, PersonErased
from safehand.vault.holds import refuse_if_held
from safehand.vault.keyring import DataKey, KeyRing
from safehand.vault.master import KEY_BYTES
from safehand.vault.masters import Masters
from safehand.vault.ports import MasterKeys

BODY = "bdy"
BODY_BYTES_MAX = 64 * 1024
BLOB_BYTES_MAX = 4 * 1024 * 1024
BATCH_MAX = 10_000  # bodies or persons in one call


class Kind(StrEnum):
    """What a private body is about. Retention goes by kind, so a new purpose gets a new word."""

    PARTY_NAME = "party.name"
    USER_NAME = "user.name"
    RECIPIENT = "recipient"
    """Name, address and ways to reach them, as the merchant gave them."""
    CONTENTS = "contents"
    """What is in a parcel and what it is worth."""
    STATEMENT = "statement"
    """The private part of what a device told: a PIN typed, a name read, a remark."""
    PIN = "pin"
    EVIDENCE = "evidence"
    NOTE = "note"
    ADDRESS = "address"
    """An address as it was corrected, or where a delivery to it was confirmed."""
    REFERENCE = "reference"
    """The merchant's own word for a shipment: it may well be a name."""
    INSTRUCTIONS = "place.instructions"
    """How a gate is opened. Its `person` is the gate: a key of its own."""
    LICENCE = "licence"
    """The number of a driver's licence, and the birth date on it."""
    QUIZ = "quiz"
    """What somebody answered in a quiz."""


@dataclass(frozen=True, slots=True)
class Private:
    """One body to be put away."""

    person: PersonId
    kind: Kind
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Vault:
    """Keeps what is private. Every call works inside the caller's transaction."""

    masters: Masters
    clock: Clock
    ring: KeyRing = field(default_factory=KeyRing)

    @classmethod
    def of(cls, keys: MasterKeys, clock: Clock) -> "Vault":
        """The vault whose master keys are kept there."""
        return cls(Masters(keys, clock), clock)

    async def check(self, tx: Tx) -> None:
        """Make sure, at start, that this database was sealed with our master keys; a new one takes ours as its own.

        Errors
            WrongMasterKey  another key sealed it. Nothing was changed.
        """
        await self.masters.enrol(tx)

    async def new_person(self, tx: Tx, now_ms: int) -> PersonId:
        """A new person with a key of their own."""
        [person] = await self.new_persons(tx, 1, now_ms)
        return person

    async def new_persons(self, tx: Tx, count: int, now_ms: int) -> list[PersonId]:
        """As many new persons, each with a key of their own."""
        _check_batch(count)
        persons = [PersonId(PartyId(new_id(PERSON, now_ms))) for _ in range(count)]
        master = await self.masters.current(tx)
        rows = []
        for person in persons:
            key = secrets.token_bytes(KEY_BYTES)
            wrapped = master.wrap(person, key)
            self.ring.keep(person, wrapped, DataKey.of(key))
            rows.append((person, master.fingerprint, wrapped, now_ms))
        await tx.copy("vault_persons", ("person", "master", "wrapped", "made_ms"), rows)
        return persons

    async def put(self, tx: Tx, person: PersonId, kind: Kind, body: bytes) -> str:
        """Seal one body; its id is all that others may keep.

        Shapes
            body  at most 64 KiB; may be empty.
        Errors
            BodyTooLarge, NoSuchPerson, PersonErased
        """
        [id] = await self.put_many(tx, [Private(person, kind, body)])
        return id

    async def put_many(self, tx: Tx, items: Sequence[Private]) -> list[str]:
        """Seal many bodies at the price of two round trips; ids in the order of the items."""
        _check_batch(len(items))
        for item in items:
            if len(item.body) > BODY_BYTES_MAX:
                raise BodyTooLarge(bytes=len(item.body), limit=BODY_BYTES_MAX)
        # The row lock makes an erasure wait for bodies under way, and a body wait for an erasure under way.
        keys = await self._keys(tx, {item.person for item in items}, "FOR KEY SHARE")
        now_ms = self.clock.now_ms()
        rows = []
        for item in items:
            id = new_id(BODY, now_ms)
            sealed = _usable(keys, item.person).seal(item.body, _body_bound_to(id, item.person, item.kind))
            rows.append((id, item.person, str(item.kind), sealed, now_ms))
        await tx.copy("vault_bodies", ("id", "person", "kind", "sealed", "made_ms"), rows)
        return [row[0] for row in rows]

    async def get(self, tx: Tx, id: str) -> bytes | None:
        """The body again; None if its person was erased.

        Errors
            NoSuchBody      there never was one.
            Altered         it is not what was put.
            WrongMasterKey  its person's key was wrapped by another master key.
        """
        found = await self.get_many(tx, [id])
        if id not in found:
            raise NoSuchBody(id=id)
        return found[id]

    async def get_many(self, tx: Tx, ids: Iterable[str]) -> dict[str, bytes | None]:
        """Many bodies in one round trip, by id; None for an erased person's, absent for an unknown id."""
        wanted = list(dict.fromkeys(ids))
        _check_batch(len(wanted))
        rows = await tx.fetch(
            "SELECT id, person, kind, sealed, master, wrapped FROM vault_bodies JOIN vault_persons USING (person)"
            " WHERE id = ANY($1)",
            wanted,
        )
        await self._know(rows)
        return {row["id"]: self._opened(row) for row in rows}

    async def seal(self, tx: Tx, person: PersonId, plain: bytes, aad: bytes) -> bytes:
        """Seal a blob that the caller keeps. It opens only with the same person and `aad` (say, the parcel's id).

        Errors
            BodyTooLarge  more than 4 MiB.
            NoSuchPerson, PersonErased
        """
        if len(plain) > BLOB_BYTES_MAX:
            raise BodyTooLarge(bytes=len(plain), limit=BLOB_BYTES_MAX)
        keys = await self._keys(tx, {person}, "FOR KEY SHARE")
        return _usable(keys, person).seal(plain, _blob_bound_to(person, aad))

    async def open(self, tx: Tx, person: PersonId, sealed: bytes, aad: bytes) -> bytes | None:
        """Open a blob; None if the person was erased.

        Errors
            Altered, NoSuchPerson
        """
        keys = await self._keys(tx, {person})
        if person not in keys:
            raise NoSuchPerson(person=person)
        key = keys[person]
        return None if key is None else key.open(sealed, _blob_bound_to(person, aad), person)

    async def erase(self, tx: Tx, person: PersonId, now_ms: int) -> bool:
        """Delete a person's key, bodies and look-ups, and leave a tombstone; False if that had been done before.

        Blobs sealed for the person never open again, wherever they are kept.

        Errors
            NoSuchPerson
            HeldBack  a legal hold keeps the person.
        """
        done = await self.erase_many(tx, [person], now_ms)
        if person not in done:
            raise NoSuchPerson(person=person)
        return done[person]

    async def erase_many(
        self, tx: Tx, persons: Sequence[PersonId], now_ms: int, *, held_too: bool = False
    ) -> dict[PersonId, bool]:
        """The same for many: False where it had been done before, nothing for a person whom the vault does not know.

        Shapes
            held_too  also those under a legal hold: for an erasure that took effect once and is done again.
        Errors
            HeldBack  a legal hold keeps one of them; then none is erased.
        """
        _check_batch(len(persons))
        # In one order for everybody, as in `_keys`: bodies and holds under way wait for the locks, or are waited for.
        rows = await tx.fetch(
            "SELECT person, erased_ms FROM vault_persons WHERE person = ANY($1) ORDER BY person FOR UPDATE",
            sorted(persons),
        )
        fresh = [row["person"] for row in rows if row["erased_ms"] is None]
        if not held_too:
            await refuse_if_held(tx, fresh, now_ms)
        await tx.run("UPDATE vault_persons SET wrapped = NULL, erased_ms = $2 WHERE person = ANY($1)", fresh, now_ms)
        await tx.run("UPDATE vault_bodies SET sealed = NULL WHERE person = ANY($1) AND sealed IS NOT NULL", fresh)
        await tx.run("DELETE FROM vault_lookups WHERE person = ANY($1)", fresh)

        tx.after_commit(lambda: self.ring.drop(*fresh))
        return {row["person"]: row["erased_ms"] is None for row in rows}

    async def keyed_hash(self, tx: Tx, purpose: str, value: bytes) -> bytes:
        """A hash that cannot be computed from a dump of the database alone; for short secrets that are looked up."""
        return (await self.keyed_hashes(tx, [(purpose, value)]))[0]

    async def keyed_hashes(self, tx: Tx, said: Iterable[tuple[str, bytes]]) -> list[bytes]:
        """The same for many purposes and values, in their order."""
        return await self.masters.keyed_hashes(tx, said)

    async def _keys(self, tx: Tx, persons: Iterable[PersonId], lock: str = "") -> dict[str, DataKey | None]:
        """Each known person's key; None where the person was erased."""
        # In one order for everybody, so that two batches cannot wait for each other.
        rows = await tx.fetch(
            f"SELECT person, master, wrapped FROM vault_persons WHERE person = ANY($1) ORDER BY person {lock}",  # noqa: S608 - a constant
            sorted(persons),
        )
        await self._know(rows)
        return {row["person"]: self._key(row) for row in rows}

    async def _know(self, rows: Sequence[Record]) -> None:
        """See to it that the master keys of these rows are at hand."""
        await self.masters.know({row["master"] for row in rows if row["wrapped"] is not None})

    def _key(self, row: Record) -> DataKey | None:
        person, wrapped = row["person"], row["wrapped"]
        if wrapped is None:
            return None
        kept = self.ring.find(person, wrapped)
        if kept is not None:
            return kept
        master = self.masters.named(row["master"])
        return self.ring.keep(person, wrapped, DataKey.of(master.unwrap(person, wrapped, row["master"])))

    def _opened(self, row: Record) -> bytes | None:
        key = self._key(row)
        if key is None or row["sealed"] is None:
            return None
        return key.open(row["sealed"], _body_bound_to(row["id"], row["person"], row["kind"]), row["id"])


def _usable(keys: Mapping[str, DataKey | None], person: PersonId) -> DataKey:
    if person not in keys:
        raise NoSuchPerson(person=person)
    key = keys[person]
    if key is None:
        raise PersonErased(person=person)
    return key


def _check_batch(count: int) -> None:
    if count > BATCH_MAX:
        raise ValueError(f"{count} in one call, {BATCH_MAX} at most")


def _body_bound_to(id: str, person: str, kind: str) -> bytes:
    return f"safehand/vault/body/v1\n{id}\n{person}\n{kind}".encode()


def _blob_bound_to(person: str, aad: bytes) -> bytes:
    return b"safehand/vault/blob/v1\n" + person.encode() + b"\n" + aad
