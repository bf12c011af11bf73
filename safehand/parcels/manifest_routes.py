"""HTTP of manifests: thousands of shipments in one call, with a report row by row."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import Principal, PrincipalKind, Role
from safehand.kernel.ids import PartyId
from safehand.parcels.errors import ManifestRefused, ManifestUncounted, NoSuchManifest
from safehand.parcels.manifest import ROWS_MAX, Report
from safehand.parcels.manifest_reading import ManifestIn, csv_manifest, json_manifest
from safehand.parcels.manifests import Call, ManifestsDesk
from safehand.store.database import Store

CSV = "text/csv"
BYTES_MAX = 16 * 1024 * 1024
_SCHEMA = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": ManifestIn.model_json_schema(ref_template="#/components/schemas/{model}")},
            CSV: {"schema": {"type": "string"}},
        },
    }
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestDesks:
    """What the routes of manifests ask."""

    store: Store
    manifests: ManifestsDesk
    guard: Guard


def router(desks: ManifestDesks) -> APIRouter:
    """The routes under /v1/manifests."""
    api = APIRouter(prefix="/v1/manifests", tags=["manifests"])
    guard = desks.guard

    @api.post("", status_code=201, response_model=None, openapi_extra=_SCHEMA)
    async def send_manifest(
        request: Request,
        me: Annotated[Principal, Depends(guard.allow(Action.SHIPMENT_CREATE))],
        count: Annotated[int | None, Query(ge=0, le=ROWS_MAX)] = None,
        *,
        whole: bool = False,
    ) -> Response:
        """Tell of many shipments at once: JSON, or CSV with `count`, the number of its lines of parcels.

        The answer says of each shipment whether it was taken, known from before, or refused and why; with `whole` all
        are taken or none (422, the same report). The same bytes sent again are answered again, and make nothing twice.
        """
        raw = await request.body()
        merchant = me.party or PartyId("")
        call = await asyncio.to_thread(_read, raw, _is_csv(request), count, whole, merchant)
        try:
            async with desks.store.transaction() as tx:
                report, repeated = await desks.manifests.take(tx, call)
        except ManifestRefused as error:
            return _answer(422, error.report, {})
        return _answer(200 if repeated else 201, report, {"Idempotency-Replayed": "true"} if repeated else {})

    @api.get("", response_model=None)
    async def list_manifests(
        me: Annotated[Principal, Depends(guard.allow(Action.MANIFEST_READ))],
        after: Annotated[str | None, Query(max_length=40)] = None,
    ) -> Response:
        """Manifests without their rows, newest first; `after` is the last one seen."""
        async with desks.store.transaction() as tx:
            found = await desks.manifests.listed(tx, _only(me), after)
        return Response(msgspec.json.encode({"manifests": found}), media_type="application/json")

    @api.get("/{manifest}", response_model=None)
    async def read_manifest(
        manifest: str, me: Annotated[Principal, Depends(guard.allow(Action.MANIFEST_READ))]
    ) -> Response:
        """What became of a manifest, row by row."""
        async with desks.store.transaction() as tx:
            report = await desks.manifests.get(tx, manifest[:40])
        if _only(me) not in {None, report.merchant}:
            raise NoSuchManifest(manifest[:40])
        return _answer(200, report, {})

    return api


def _only(me: Principal) -> PartyId | None:
    """Whose manifests somebody sees: a merchant its own, the carrier's staff everybody's."""
    outside = me.kind is PrincipalKind.MERCHANT or Role.MERCHANT_USER in me.roles
    return me.party or PartyId("") if outside else None


def _is_csv(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == CSV


def _read(raw: bytes, is_csv: bool, count: int | None, whole: bool, merchant: PartyId) -> Call:
    """The call that the body makes.

    Errors
        ManifestUncounted, ManifestUnreadable, RowsUnusable
    """
    hash = hashlib.sha256(raw).digest()
    if not is_csv:
        rows, counted, all_or_none = json_manifest(raw)
        return Call(
            merchant=merchant, hash=hash, rows=rows, found=len(rows), counted=counted, whole=all_or_none or whole
        )
    if count is None:
        raise ManifestUncounted()
    rows, lines = csv_manifest(raw)
    return Call(merchant=merchant, hash=hash, rows=rows, found=lines, counted=count, whole=whole)


def _answer(status: int, report: Report, headers: dict[str, str]) -> Response:
    return Response(msgspec.json.encode(report), status, headers, "application/json")
