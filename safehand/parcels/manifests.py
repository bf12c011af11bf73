"""The manifests desk: thousands of shipments in one call, each taken, known from before, or refused with its reason.

A call is one transaction: it is taken as its report says, or not at all. What it is recognised by is the SHA-256 of its
bytes, and for each shipment its reference or the numbers that it brings: the same told again makes nothing twice.
"""

import zlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import batched

import msgspec

from safehand.events.parcels import ParcelCreated
from safehand.events.statement import CONTENTS_MAX
from safehand.kernel.clock import Clock
from safehand.kernel.ids import PartyId, ShipmentId, new_id
from safehand.parcels.commands import SHIPMENTS_AT_ONCE, ParcelsDesk
from safehand.parcels.errors import (
    CageTaken,
    CageTooFull,
    ManifestIncomplete,
    ManifestRefused,
    NoSuchManifest,
    NoSuchService,
    NumberTaken,
    RowRepeated,
    RowWithoutKey,
    ServiceNotOffered,
)
from safehand.parcels.manifest import MANIFEST, ManifestRow, Numbers, Outcome, Problem, Report, RowReport, keys_of
from safehand.parcels.model import Parcel, ShipmentDraft
from safehand.parcels.ports import Packing
from safehand.parcels.recording import taken
from safehand.parcels.service import Service
from safehand.store.database import Record, Tx, lock_number

KEY_BYTES = 16
LISTED_MAX = 200
KEPT_MS = 90 * 24 * 60 * 60 * 1000
"""How long a shipment told again is known from before."""
_HEADING = "manifest, merchant, received_ms, taken, known, refused, parcels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One manifest as it came: who sent it, the hash of its bytes, its rows; how many are there, and were counted.

    `whole` asks for all rows or none.
    """

    merchant: PartyId
    hash: bytes
    rows: Sequence[ManifestRow]
    found: int
    counted: int
    whole: bool = False


@dataclass(slots=True)
class _Progress:
    """What is known of a call so far: its reports by row, and what recognises the shipments met in it."""

    reports: dict[int, RowReport] = field(default_factory=dict)
    met: dict[str, int] = field(default_factory=dict)
    aboard: Counter[str] = field(default_factory=Counter)
    """How many parcels have room in each cage."""
    cages: dict[str, list[ParcelCreated]] = field(default_factory=dict)
    """What came in each cage or bag, by its SSCC."""

    def board(self, row: ManifestRow, used: Collection[str]) -> Problem | None:
        """Keep room in their cages for the parcels of a row; else what is wrong. `used` are numbers on record."""
        wanted = Counter(cage for cage in row.aggregates if cage is not None)
        for cage, parcels in wanted.items():
            if cage in used:
                return Problem(field="aggregate", code=CageTaken.code, wanted=cage)
            if self.aboard[cage] + parcels > CONTENTS_MAX:
                return Problem(field="aggregate", code=CageTooFull.code, wanted=str(CONTENTS_MAX))
        self.aboard += wanted
        return None

    def refuse(self, row: int, *problems: Problem) -> None:
        """Say why a row is not taken."""
        self.reports[row] = RowReport(row=row, outcome=Outcome.REFUSED, problems=problems)


@dataclass(frozen=True, slots=True)
class ManifestsDesk:
    """Takes manifests and tells what became of them, in the caller's transaction."""

    parcels: ParcelsDesk
    packing: Packing
    clock: Clock

    async def take(self, tx: Tx, call: Call) -> tuple[Report, bool]:
        """Record what can be recorded; the report, and whether the same bytes had been taken before.

        Errors
            ManifestIncomplete  it has not as many rows as its sender counted: half of it is missing, perhaps.
            ManifestRefused     a row is refused, and all or nothing was asked for. Its `report` says which.
        """
        if call.found != call.counted:
            raise ManifestIncomplete(counted=call.counted, found=call.found)
        id = await self._begin(tx, call)
        if id is None:
            return await self._earlier(tx, call), True
        progress = _Progress()
        services = await self.parcels.services.many(tx, [row.draft.service for row in call.rows if row.draft])
        for rows in batched(call.rows, SHIPMENTS_AT_ONCE):
            good = await self._judged(tx, call.merchant, rows, services, progress)
            await self._record(tx, call.merchant, id, good, progress)
        await self.packing.pack(tx, call.merchant, progress.cages)
        report = _summed(id, call.merchant, self.clock.now_ms(), [progress.reports[row.row] for row in call.rows])
        if call.whole and report.refused:
            raise ManifestRefused(replace(report, manifest=None))
        await self._end(tx, report)
        return report, False

    async def get(self, tx: Tx, manifest: str) -> Report:
        """What became of a manifest, row by row.

        Errors
            NoSuchManifest
        """
        rows = await tx.fetch("SELECT report FROM manifests WHERE manifest = $1", manifest)
        if not rows:
            raise NoSuchManifest(manifest[:40])
        return _unpacked(rows[0]["report"])

    async def listed(self, tx: Tx, merchant: PartyId | None, after: str | None = None) -> list[Report]:
        """Manifests without their rows, newest first: one merchant's, or everybody's. `after` is the last one seen."""
        rows = await tx.fetch(
            f"SELECT {_HEADING} FROM manifests WHERE ($1::text IS NULL OR merchant = $1)"  # noqa: S608
            " AND ($2::text IS NULL OR manifest < $2) ORDER BY manifest DESC LIMIT $3",
            merchant,
            after,
            LISTED_MAX,
        )
        return [_heading(row) for row in rows]

    async def forget(self, tx: Tx) -> None:
        """Forget by what shipments are recognised that were told KEPT_MS ago: told again, they are new ones."""
        await tx.run("DELETE FROM manifest_keys WHERE made_ms < $1", self.clock.now_ms() - KEPT_MS)

    async def _begin(self, tx: Tx, call: Call) -> str | None:
        """A new manifest's id; None where these bytes came before. A merchant's manifests wait here for each other."""
        now_ms = self.clock.now_ms()
        await tx.fetch("SELECT pg_advisory_xact_lock($1)", lock_number(f"manifests of {call.merchant}"))
        rows = await tx.fetch(
            "INSERT INTO manifests (manifest, merchant, hash, received_ms) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (merchant, hash) DO NOTHING RETURNING manifest",
            new_id(MANIFEST, now_ms),
            call.merchant,
            call.hash,
            now_ms,
        )
        return rows[0]["manifest"] if rows else None

    async def _earlier(self, tx: Tx, call: Call) -> Report:
        rows = await tx.fetch(
            "SELECT report FROM manifests WHERE merchant = $1 AND hash = $2", call.merchant, call.hash
        )
        return _unpacked(rows[0]["report"])

    async def _end(self, tx: Tx, report: Report) -> None:
        await tx.run(
            "UPDATE manifests SET taken = $2, known = $3, refused = $4, parcels = $5, report = $6 WHERE manifest = $1",
            report.manifest,
            report.taken,
            report.known,
            report.refused,
            report.parcels,
            zlib.compress(msgspec.json.encode(report)),
        )

    async def _judged(
        self,
        tx: Tx,
        merchant: PartyId,
        rows: Sequence[ManifestRow],
        services: dict[str, Service],
        progress: _Progress,
    ) -> list[ManifestRow]:
        """Those rows that can be recorded; what becomes of the others is in the progress."""
        known = await self._known(tx, merchant, rows)
        brought = [number for row in rows if row.draft for number in _brought(row.draft)]
        others = (await self.packing.in_use(tx, brought) | set(await taken(tx, brought))) if brought else set()
        named = {cage for row in rows for cage in row.aggregates if cage is not None}
        used = (await self.packing.in_use(tx, named) | set(await taken(tx, list(named)))) if named else set()
        good = []
        for row in rows:
            problems = _problems(row, services, progress)
            if problems or row.draft is None:
                progress.refuse(row.row, *problems)
            elif (shipment := known.get(row.row)) is not None:
                progress.reports[row.row] = shipment
            elif number := next((one for one in _brought(row.draft) if one in others), None):
                progress.refuse(row.row, Problem(field="number", code=NumberTaken.code, wanted=number))
            elif problem := progress.board(row, used):
                progress.refuse(row.row, problem)
            else:
                good.append(row)
        return good

    async def _record(
        self, tx: Tx, merchant: PartyId, manifest: str, rows: Sequence[ManifestRow], progress: _Progress
    ) -> None:
        drafts = [row.draft for row in rows if row.draft is not None]
        made = await self.parcels.create_many(tx, merchant, drafts, manifest) if drafts else []
        told: list[tuple[str, ShipmentId]] = []
        for row, draft, shipment in zip(rows, drafts, made, strict=True):
            progress.reports[row.row] = _report(row.row, Outcome.TAKEN, shipment.shipment, shipment.parcels)
            for cage, fact in zip(row.aggregates, shipment.facts, strict=True):
                if cage is not None:
                    progress.cages.setdefault(cage, []).append(fact)
            told += [(key, shipment.shipment) for key in keys_of(draft)]
        hashes, now_ms = await self._hashed(tx, merchant, [key for key, _ in told]), self.clock.now_ms()
        await tx.copy(
            "manifest_keys",
            ("merchant", "key", "shipment", "made_ms"),
            [(merchant, hash, shipment, now_ms) for hash, (_, shipment) in zip(hashes, told, strict=True)],
        )

    async def _known(self, tx: Tx, merchant: PartyId, rows: Sequence[ManifestRow]) -> dict[int, RowReport]:
        """Rows whose reference or number this merchant told before, with the shipment that it made then."""
        told = [(key, row.row) for row in rows if row.draft for key in keys_of(row.draft)]
        row_of: dict[bytes, int] = {}
        for hash, (_, place) in zip(await self._hashed(tx, merchant, [key for key, _ in told]), told, strict=True):
            row_of.setdefault(hash, place)
        found = await tx.fetch(
            "SELECT key, shipment FROM manifest_keys WHERE merchant = $1 AND key = ANY($2::bytea[])",
            merchant,
            list(row_of),
        )
        shipments = {row_of[bytes(one["key"])]: one["shipment"] for one in found}
        parcels = await self.parcels.of_shipments(tx, list(shipments.values())) if shipments else {}
        return {
            row: _report(row, Outcome.KNOWN, shipment, parcels.get(shipment, ())) for row, shipment in shipments.items()
        }

    async def _hashed(self, tx: Tx, merchant: PartyId, keys: Sequence[str]) -> list[bytes]:
        """A reference may be a name: what it is recognised by cannot be computed from a dump alone."""
        said = [(f"manifest/{merchant}", key.encode()) for key in keys]
        return [hash[:KEY_BYTES] for hash in await self.parcels.vault.keyed_hashes(tx, said)]


def _brought(draft: ShipmentDraft) -> list[str]:
    return [number for parcel in draft.parcels for number in (parcel.sscc, parcel.s10) if number]


def _problems(row: ManifestRow, services: dict[str, Service], progress: _Progress) -> list[Problem]:
    """What is wrong with a row, by itself and beside those before it."""
    if row.draft is None:
        return list(row.problems)
    found = []
    service = services.get(row.draft.service)
    if service is None or not service.offered:
        code = NoSuchService.code if service is None else ServiceNotOffered.code
        found.append(Problem(field="service", code=code, wanted=", ".join(sorted(services))[:200]))
    keys = keys_of(row.draft)
    if not keys:
        found.append(Problem(field="reference", code=RowWithoutKey.code))
    for key in keys:
        first = progress.met.setdefault(key, row.row)
        if first != row.row or keys.count(key) > 1:
            found.append(Problem(field=key.partition(" ")[0], code=RowRepeated.code, wanted=str(first)))
            break
    return found


def _report(row: int, outcome: Outcome, shipment: ShipmentId, parcels: Sequence[Parcel]) -> RowReport:
    numbers = (
        Numbers(parcel=one.parcel, sscc=one.sscc, s10=one.s10, tracking=one.tracking, lane=one.lane) for one in parcels
    )
    return RowReport(row=row, outcome=outcome, shipment=shipment, parcels=tuple(numbers))


def _summed(id: str, merchant: PartyId, received_ms: int, rows: Sequence[RowReport]) -> Report:
    counts = {outcome: sum(row.outcome is outcome for row in rows) for outcome in Outcome}
    return Report(
        manifest=id,
        merchant=merchant,
        received_ms=received_ms,
        taken=counts[Outcome.TAKEN],
        known=counts[Outcome.KNOWN],
        refused=counts[Outcome.REFUSED],
        parcels=sum(len(row.parcels) for row in rows if row.outcome is Outcome.TAKEN),
        rows=tuple(rows),
    )


def _heading(row: Record) -> Report:
    return Report(**dict(row.items()))


def _unpacked(report: bytes) -> Report:
    return msgspec.json.decode(zlib.decompress(report), type=Report)
