"""Devices: enrolment by a code of ten minutes, P-256 keys, signed requests, replacement, revocation."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, fields

from sqlalchemy import select, update

from safehand.identity.clones import Clones
from safehand.identity.errors import (
    ClockSkewed,
    CodeUnknown,
    DeviceNotReplaceable,
    DeviceRevoked,
    DeviceUnknown,
    NotYours,
    ProofFailed,
    PublicKeyInUse,
    RequestUnsigned,
    UnreadableCredential,
)
from safehand.identity.model import PartyKind, Principal, PrincipalKind
from safehand.identity.pages import PAGE_MAX, Page, page_of
from safehand.identity.secret_text import new_code, read_code
from safehand.identity.signatures import check_public_key, verify_es256
from safehand.identity.tables import device_codes, devices, users
from safehand.identity.wire import b64url_bytes, b64url_text, request_bytes
from safehand.kernel.ids import DEVICE, DeviceId, PartyId, UserId, is_id, new_id
from safehand.store.database import Record, Tx
from safehand.store.errors import AlreadyThere
from safehand.vault.vault import Vault

CODE_MS = 600_000
SKEW_MS_MAX = 300_000
CODES_REMOVED_AT_ONCE = 50
HEADER = re.compile(r"id=(dev_[0-9a-z]{26}), ?at=([0-9]{1,15}), ?signature=([A-Za-z0-9_-]{86})")


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled device."""

    id: DeviceId
    party: PartyId
    label: str
    public_key: bytes
    enrolled_by: UserId
    enrolled_ms: int
    revoked_ms: int | None = None
    retired_ms: int | None = None
    """When another device took its place."""
    predecessor: DeviceId | None = None
    """Whose place it took."""
    outbox_end: int | None = None
    """Of a retired device: the last sequence number that it had used, once somebody handed in all of its outbox."""


_COLUMNS = tuple(devices.c[field.name] for field in fields(Device))
_NAMES = ", ".join(column.name for column in _COLUMNS)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a device sends to be enrolled: the code as typed, its key, and the proof that it holds the other half."""

    code: str
    public_key: bytes
    proof: bytes

    @property
    def proven(self) -> bool:
        """Whether the proof fits: a signature over the code as sent and the key."""
        said = f"safehand/enrol/v1\n{self.code}\n{b64url_text(self.public_key)}"
        return verify_es256(self.public_key, said.encode(), self.proof)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as a device signed it. `target` is the path with its query, exactly as it was sent."""

    method: str
    target: bytes
    body: bytes
    credential: str
    """The header after `Safehand-Device `."""


@dataclass(frozen=True, slots=True)
class Devices:
    """Invites, enrols, recognises and revokes devices."""

    vault: Vault
    clones: Clones = field(default_factory=Clones)

    async def invite(
        self, tx: Tx, party: PartyId, label: str, by: UserId, now_ms: int, *, replaces: DeviceId | None = None
    ) -> tuple[str, int]:
        """A code to be typed into the device, and when it runs out."""
        await tx.run(
            "DELETE FROM device_codes WHERE hash IN (SELECT hash FROM device_codes WHERE expires_ms < $1 LIMIT $2)",
            now_ms - CODE_MS,
            CODES_REMOVED_AT_ONCE,
        )
        code = new_code()
        await tx.run(
            "INSERT INTO device_codes (hash, party, label, made_ms, made_by, expires_ms, replaces)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            await self._code_hash(tx, code),
            party,
            label,
            now_ms,
            by,
            now_ms + CODE_MS,
            replaces,
        )
        return code, now_ms + CODE_MS

    async def enrol(self, tx: Tx, asked: Enrolment, now_ms: int) -> Device:
        """Use a code up and keep the device's key. Of two that try one code at once, one gets in.

        Errors
            BadPublicKey, ProofFailed, CodeUnknown, PublicKeyInUse
            DeviceNotReplaceable  the device whose place it should take was revoked or replaced meanwhile.
        """
        check_public_key(asked.public_key)
        if not asked.proven:
            raise ProofFailed()
        hashed = await self._code_hash(tx, asked.code)
        found = await tx.execute(
            update(device_codes)
            .where(
                device_codes.c.hash == hashed,
                device_codes.c.used_ms.is_(None),
                device_codes.c.expires_ms > now_ms,
                # Whoever was let go takes along no way in for a device.
                device_codes.c.made_by.in_(select(users.c.id).where(users.c.disabled_ms.is_(None))),
            )
            .values(used_ms=now_ms)
            .returning(device_codes.c.party, device_codes.c.label, device_codes.c.made_by, device_codes.c.replaces)
        )
        code = found.one_or_none()
        if code is None:
            raise CodeUnknown()
        if code.replaces is not None:
            await self._retire(tx, code.replaces, now_ms)
        device = Device(
            id=DeviceId(new_id(DEVICE, now_ms)),
            party=code.party,
            label=code.label,
            public_key=asked.public_key,
            enrolled_by=code.made_by,
            enrolled_ms=now_ms,
            predecessor=code.replaces,
        )
        try:
            await tx.run(
                "INSERT INTO devices (id, party, label, public_key, enrolled_by, enrolled_ms, predecessor)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                device.id,
                device.party,
                device.label,
                device.public_key,
                device.enrolled_by,
                now_ms,
                device.predecessor,
            )
        except AlreadyThere:
            raise PublicKeyInUse() from None
        return device

    async def _retire(self, tx: Tx, id: DeviceId, now_ms: int) -> None:
        retired = await tx.run(
            "UPDATE devices SET retired_ms = $2 WHERE id = $1 AND revoked_ms IS NULL AND retired_ms IS NULL", id, now_ms
        )
        if not retired:
            raise DeviceNotReplaceable(device=id)

    async def end_outbox(self, tx: Tx, id: DeviceId, sequence: int) -> None:
        """Note the last sequence number that a retired device had used. The first word about it counts."""
        await tx.run(
            "UPDATE devices SET outbox_end = $2 WHERE id = $1 AND retired_ms IS NOT NULL AND outbox_end IS NULL",
            id,
            sequence,
        )

    async def recognise(self, tx: Tx, asked: SignedRequest, now_ms: int) -> Principal:
        """The device that signed this request.

        A request heard by somebody can be sent again for five minutes; that is harmless because what devices
        send is known again by its hash, and what they read goes over TLS.

        Errors
            UnreadableCredential  the header has another form.
            ClockSkewed           its time is more than five minutes from ours, which is told.
            DeviceUnknown, RequestUnsigned
            DeviceRevoked         said only to whoever still holds its key.
        """
        header = HEADER.fullmatch(asked.credential)
        if header is None:
            raise UnreadableCredential(scheme="Safehand-Device")
        id, at_ms = header[1], int(header[2])
        if abs(at_ms - now_ms) > SKEW_MS_MAX:
            raise ClockSkewed(at_ms=at_ms, server_ms=now_ms, at_most_ms=SKEW_MS_MAX)
        rows = await tx.fetch(
            "SELECT d.party, d.public_key, d.revoked_ms, d.retired_ms, p.kind"
            " FROM devices d JOIN parties p ON p.id = d.party WHERE d.id = $1",
            id,
        )
        if not rows:
            raise DeviceUnknown(device=id)
        [row] = rows
        if not _signed_by(row, asked, at_ms, header[3]):
            raise RequestUnsigned(device=id)
        if row["revoked_ms"] is not None:
            raise DeviceRevoked(device=id)
        await self.clones.note(tx, DeviceId(id), asked.target, at_ms, now_ms)
        return Principal(
            kind=PrincipalKind.DEVICE,
            id=id,
            device=DeviceId(id),
            retired=row["retired_ms"] is not None,
            party=PartyId(row["party"]),
            party_kind=PartyKind(row["kind"]),
        )

    async def get(self, tx: Tx, id: str) -> Device:
        """The device, revoked or not.

        Errors
            NotYours  there is none.
        """
        found = (await self.find_many(tx, [id])).get(DeviceId(id))
        if found is None:
            raise NotYours()
        return found

    async def find_many(self, tx: Tx, ids: list[str]) -> dict[DeviceId, Device]:
        """Devices by id, with their keys: to verify what they signed. Unknown ids are absent."""
        wanted = [id for id in dict.fromkeys(ids) if is_id(DEVICE, id)]
        rows = await tx.fetch(f"SELECT {_NAMES} FROM devices WHERE id = ANY($1)", wanted)  # noqa: S608 - our own words
        return {DeviceId(row["id"]): Device(**dict(row.items())) for row in rows}

    async def page(self, tx: Tx, only: Collection[str] | None = None, *, after: str | None = None) -> Page[Device]:
        """A page of devices, newest first, revoked ones too: all, or only those of these parties."""
        statement = select(*_COLUMNS)
        if only is not None:
            statement = statement.where(devices.c.party.in_(only))
        if after is not None:
            statement = statement.where(devices.c.id < after)
        rows = await tx.execute(statement.order_by(devices.c.id.desc()).limit(PAGE_MAX + 1))
        return page_of([Device(**row) for row in rows.mappings()])

    async def revoke(self, tx: Tx, id: DeviceId, by: UserId, now_ms: int) -> None:
        """Trust a device no more, at once and for ever. Twice is the same as once."""
        await tx.execute(
            update(devices)
            .where(devices.c.id == id, devices.c.revoked_ms.is_(None))
            .values(revoked_ms=now_ms, revoked_by=by)
        )

    async def _code_hash(self, tx: Tx, typed: str) -> bytes:
        code = read_code(typed)
        if code is None:
            raise CodeUnknown()
        return await self.vault.keyed_hash(tx, "device-code", code.encode())


def _signed_by(row: Record, asked: SignedRequest, at_ms: int, signature: str) -> bool:
    said = request_bytes(asked.method, asked.target, at_ms, asked.body)
    return verify_es256(row["public_key"], said, b64url_bytes(signature) or b"")
