"""Export: all that is held of a person, as one JSON value; paper.py writes the same as a PDF.

Whoever makes it leaves a read for every person in it, in the transaction that reads.
"""

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from safehand.custody.reading import CustodyReader
from safehand.handover.errors import NoSuchEvidence
from safehand.handover.evidence import EvidenceDesk
from safehand.identity.actions import Action
from safehand.identity.model import Principal
from safehand.identity.parties import Parties
from safehand.identity.reads import Read, looks_at, note_reads
from safehand.kernel.clock import Clock
from safehand.kernel.ids import PersonId
from safehand.privacy.errors import TooManyPersons
from safehand.store.database import Store, Tx
from safehand.vault.errors import NoSuchPerson
from safehand.vault.holds import in_force

PERSONS_MAX = 2_000
FILES_BYTES_MAX = 48 * 1024 * 1024
"""Pictures that go along in one export. Further ones are named, and fetched one by one."""
FORMAT = "safehand/export/v1"


@dataclass(frozen=True, slots=True)
class Exports:
    """Gathers what is held of persons."""

    store: Store
    reader: CustodyReader
    evidence: EvidenceDesk
    parties: Parties
    clock: Clock
    carrier: str

    async def make(self, me: Principal, persons: Sequence[PersonId], why: str | None = None) -> dict[str, Any]:
        """Everything of these persons.

        Errors
            TooManyPersons, NoSuchPerson
        """
        persons = list(dict.fromkeys(persons))
        if len(persons) > PERSONS_MAX:
            raise TooManyPersons(count=len(persons), limit=PERSONS_MAX)
        now_ms = self.clock.now_ms()
        async with self.store.transaction(isolation="repeatable_read") as tx:
            reads = [Read(me, Action.PERSON_EXPORT, person, None, why) for person in persons]
            await note_reads(tx, reads, now_ms)
            left = [FILES_BYTES_MAX]
            found = [await self._person(tx, me, person, left, now_ms) for person in persons]
        return {"format": FORMAT, "carrier": self.carrier, "made_ms": now_ms, "persons": found}

    async def _person(self, tx: Tx, me: Principal, person: PersonId, left: list[int], now_ms: int) -> dict[str, Any]:
        rows = await tx.fetch("SELECT made_ms, erased_ms FROM vault_persons WHERE person = $1", person)
        if not rows:
            raise NoSuchPerson(person=person)
        return {
            "person": person,
            "made_ms": rows[0]["made_ms"],
            "erased_ms": rows[0]["erased_ms"],
            "kept": await self._bodies(tx, person),
            "shipments": await self._shipments(tx, me, person),
            "pictures": await self._pictures(tx, me, person, left),
            "links": _plain(
                await tx.fetch(
                    "SELECT l.parcel, l.made_ms, l.expires_ms, l.revoked_ms FROM recipient_links l"
                    " JOIN parcels p USING (parcel) JOIN shipments s USING (shipment) WHERE s.recipient = $1",
                    person,
                )
            ),
            "holds": [
                {"ground": hold.ground.value, "placed_ms": hold.placed_ms, "until_ms": hold.until_ms}
                for hold in await in_force(tx, now_ms, [person])
            ],
            "requests": _plain(
                await tx.fetch(
                    "SELECT wish, asked_ms, decision, decided_ms FROM privacy_requests WHERE person = $1 ORDER BY id",
                    person,
                )
            ),
            "changed_by_itself": _plain(
                await tx.fetch(
                    "SELECT e.at_ms, e.parcel, e.cell, e.from_mode, e.to_mode, e.reasons FROM risk_effects e"
                    " JOIN parcels p USING (parcel) JOIN shipments s USING (shipment) WHERE s.recipient = $1"
                    " ORDER BY e.number",
                    person,
                )
            ),
            "risk": _plain(
                await tx.fetch(
                    "SELECT r.parcel, r.left_ms, r.lost_ms, r.cell FROM risk_parcels r"
                    " JOIN parcels p USING (parcel) JOIN shipments s USING (shipment) WHERE s.recipient = $1",
                    person,
                )
            ),
            "looked_at_by": [
                {"at_ms": look.at_ms, "who": look.reader, "kind": look.reader_kind.value, "did": look.action}
                for look in await looks_at(tx, [person])
            ],
        }

    async def _bodies(self, tx: Tx, person: PersonId) -> list[dict[str, Any]]:
        """Every private body, as it was given."""
        rows = await tx.fetch(
            "SELECT id, kind, made_ms FROM vault_bodies WHERE person = $1 AND sealed IS NOT NULL ORDER BY id", person
        )
        opened = await self.reader.parcels.vault.get_many(tx, [row["id"] for row in rows])
        return [
            {"kind": row["kind"], "kept_ms": row["made_ms"], "said": _readable(opened.get(row["id"]) or b"")}
            for row in rows
        ]

    async def _shipments(self, tx: Tx, me: Principal, person: PersonId) -> list[dict[str, Any]]:
        rows = await tx.fetch("SELECT shipment, created_ms FROM shipments WHERE recipient = $1 ORDER BY 1", person)
        found = []
        for row in rows:
            shipment = await self.reader.parcels.shipment(tx, row["shipment"])
            names = await self.parties.names(tx, [shipment.merchant])
            parcels = [
                {
                    "parcel": parcel.parcel,
                    "tracking": parcel.tracking,
                    "sscc": parcel.sscc,
                    "s10": parcel.s10,
                    "weight_g": parcel.weight_g,
                    "promised_on": parcel.promised_on.isoformat(),
                    "statements": _plain(
                        await tx.fetch(
                            "SELECT received_ms, device, convert_from(raw, 'UTF8') AS said FROM statements"
                            " WHERE parcel = $1 ORDER BY seq",
                            parcel.parcel,
                        )
                    ),
                    "custody": [
                        {name: value for name, value in asdict(entry).items() if value not in (None, (), "")}
                        for entry in await self.reader.timeline(tx, parcel.parcel)
                    ],
                }
                for parcel in shipment.parcels
            ]
            found.append(
                {
                    "shipment": shipment.shipment,
                    "sender": names.get(shipment.merchant, shipment.merchant),
                    "told_ms": row["created_ms"],
                    "reference": await self.reader.parcels.reference(tx, shipment, me, Action.PERSON_EXPORT),
                    "parcels": parcels,
                }
            )
        return found

    async def _pictures(self, tx: Tx, me: Principal, person: PersonId, left: list[int]) -> list[dict[str, Any]]:
        """Every picture; its bytes as long as there is room."""
        rows = await tx.fetch(
            "SELECT e.parcel, e.sha256, e.media_type, e.received_ms FROM evidence_files e"
            " JOIN parcels p USING (parcel) JOIN shipments s USING (shipment) WHERE s.recipient = $1"
            " ORDER BY e.received_ms, e.sha256",
            person,
        )
        found = []
        for row in rows:
            picture = dict(row.items())
            if left[0] > 0:
                parcel = await self.reader.parcels.find(tx, row["parcel"])
                try:
                    body, _ = await self.evidence.get(tx, parcel, row["sha256"], me)
                except NoSuchEvidence:
                    continue  # erased meanwhile
                left[0] -= len(body)
                picture["base64"] = base64.b64encode(body).decode("ascii")
            found.append(picture)
        return found


def as_json(export: dict[str, Any]) -> bytes:
    """The export as a file."""
    return msgspec.json.format(msgspec.json.encode(export), indent=1)


def _readable(body: bytes) -> Any:
    """What a body says: JSON where it is JSON, otherwise its text."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body.decode("utf-8", "replace")


def _plain(rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [dict(row.items()) for row in rows]
