"""The look: style sheets put together from parts, so that a page loads only what it uses, and the one script.

docs/look.md tells what each part means. Every file is served under its own hash and may be kept for ever.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from safehand.identity.actions import Action
from safehand.identity.model import Principal
from safehand.surfaces.errors import NoSuchPage
from safehand.surfaces.ports import Gate

FOUNDATION = ("tokens", "shapes", "status-tones", "base", "words", "mark", "band")
RECIPIENT = ("scale", "sheet", "waybill", "status", "seal", "button", "line", "coupon", "pin", "problem")
STAFF = (
    "head", "scale", "sheet", "waybill", "status", "seal", "button", "field", "choices", "rows", "line", "alert",
    "coupon", "problem", "empty", "toast", "dialog",
)  # fmt: skip
DEPOT = ("sheet", "waybill", "status", "button", "act", "field", "rows", "problem", "dialog")
LATER = ("qr",)
"""Parts of the look whose screens come later: shown on the page of parts, loaded by nobody else."""
SHEETS = {
    "recipient": (*FOUNDATION, *RECIPIENT, "recipient-page", "print"),
    "staff": (*FOUNDATION, *STAFF, "staff-page", "print"),
    "verify": (*FOUNDATION, *RECIPIENT, "field", "recipient-page", "verify-page", "print"),
    "depot": (*FOUNDATION, *DEPOT, "depot-page"),
    "map": (*FOUNDATION, *STAFF, "map", "staff-page", "map-page"),
    "parts": (*FOUNDATION, *STAFF, "pin", "act", "map", *LATER, "staff-page", "parts-page", "print"),
}
PLAIN = {
    "live.js": "text/javascript",
    "file.js": "text/javascript",
    "passkey.js": "text/javascript",
    "verify.js": "text/javascript",
    "favicon.svg": "image/svg+xml",
}
YEAR = "public, max-age=31536000, immutable"
DIGEST_CHARACTERS = 16

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_DEFINED = re.compile(r"(?:(?<=^)|(?<=[{;\s]))(--[a-z0-9-]+):[^;{}]*;", re.MULTILINE)
_USED = re.compile(r"var\((--[a-z0-9-]+)")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served."""

    path: str
    media_type: str
    body: bytes
    packed: bytes


@dataclass(frozen=True, slots=True)
class Look:
    """All assets, by name."""

    assets: Mapping[str, Asset]

    def url(self, name: str) -> str:
        """The address of `recipient.css`, `live.js` and the like: it changes when the content does."""
        return self.assets[name].path


@cache
def load_look() -> Look:
    """Read the parts and put the sheets together."""
    static = files("safehand.surfaces.web") / "static"
    found = [_asset(f"{name}.css", "text/css", compose(name).encode()) for name in SHEETS]
    found += [_asset(name, kind, (static / name).read_bytes()) for name, kind in PLAIN.items()]
    return Look({asset.path.rpartition("/")[2]: asset for asset in found})


def compose(sheet: str) -> str:
    """One style sheet: its parts in order, without comments and without tokens that none of them uses.

    Errors
        KeyError  there is no such sheet.
    """
    parts = files("safehand.surfaces.web") / "static" / "parts"
    whole = "\n".join((parts / f"{part}.css").read_text("utf-8") for part in SHEETS[sheet])
    whole = _COMMENT.sub("", whole)
    before = ""
    while whole != before:  # a token that only an unused token used is unused too
        before, whole = whole, _without_unused(whole)
    return "\n".join(line.strip() for line in whole.splitlines() if line.strip()) + "\n"


def router(look: Look, gate: Gate) -> APIRouter:
    """The assets, under `/look/HASH/NAME`."""
    api = APIRouter(prefix="/look", include_in_schema=False)
    by_path = {asset.path: asset for asset in look.assets.values()}

    @api.get("/{digest}/{name}")
    async def asset(
        request: Request, digest: str, name: str, _: Annotated[Principal, Depends(gate(Action.PUBLIC_READ))]
    ) -> Response:
        found = by_path.get(f"/look/{digest}/{name}")
        if found is None:
            raise NoSuchPage
        headers = {"Cache-Control": YEAR, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(found.packed, media_type=found.media_type, headers=headers | {"Content-Encoding": "gzip"})
        return Response(found.body, media_type=found.media_type, headers=headers)

    return api


def _without_unused(sheet: str) -> str:
    used = set(_USED.findall(sheet))
    return _DEFINED.sub(lambda match: match[0] if match[1] in used else "", sheet)


def _asset(name: str, media_type: str, body: bytes) -> Asset:
    digest = hashlib.sha256(body).hexdigest()[:DIGEST_CHARACTERS]
    return Asset(f"/look/{digest}/{name}", media_type, body, gzip.compress(body, mtime=0))
