"""The screens that web/ is built into: files named by their own hash, served as they are. `make setup` builds them."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from safehand.identity.actions import Action
from safehand.identity.model import Principal
from safehand.surfaces.errors import NoSuchPage
from safehand.surfaces.ports import Gate
from safehand.surfaces.web.look import YEAR, Asset

MANIFEST = "manifest.json"
PREFIX = "/built/"
MEDIA_TYPES = {"js": "text/javascript", "mjs": "text/javascript", "wasm": "application/wasm"}

WORKER_POLICY = "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""A script that runs beside a page has a policy of its own: it fetches our files, and nothing else."""


@dataclass(frozen=True, slots=True)
class Built:
    """What the build left; empty where none was made.

    Shapes
        assets   by path.
        entries  source to the path of its script: `src/depot/main.ts` to `/built/depot-HASH.js`.
        shell    by entry, the scripts that it begins with: what is loaded later is not among them.
    """

    assets: Mapping[str, Asset] = field(default_factory=dict)
    entries: Mapping[str, str] = field(default_factory=dict)
    shell: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@cache
def load_built() -> Built:
    """Read what there is."""
    return read_built(files("safehand.surfaces.web") / "built")


def read_built(folder: Traversable) -> Built:
    """What a build left in this folder; nothing if there is no manifest."""
    if not (folder / MANIFEST).is_file():
        return Built()
    manifest: dict[str, dict[str, Any]] = json.loads((folder / MANIFEST).read_text("utf-8"))
    found = {PREFIX + entry["file"]: _asset(folder, entry["file"]) for entry in manifest.values()}
    entries = {name: PREFIX + entry["file"] for name, entry in manifest.items() if entry.get("isEntry")}
    return Built(found, entries, {name: _shell(manifest, name) for name in entries})


def router(built: Built, gate: Gate) -> APIRouter:
    """The files, under `/built/NAME`."""
    api = APIRouter(prefix="/built", include_in_schema=False)

    @api.get("/{name}")
    async def asset(
        request: Request, name: str, _: Annotated[Principal, Depends(gate(Action.PUBLIC_READ))]
    ) -> Response:
        found = built.assets.get(PREFIX + name)
        if found is None:
            raise NoSuchPage
        return served(request, found, YEAR)

    return api


def served(request: Request, asset: Asset, keep: str) -> Response:
    """A file as it lies there, packed for whoever can unpack it."""
    headers = {
        "Cache-Control": keep,
        "Content-Security-Policy": WORKER_POLICY,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, media_type=asset.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(asset.body, media_type=asset.media_type, headers=headers)


def _asset(folder: Traversable, name: str) -> Asset:
    body = (folder / name).read_bytes()
    return Asset(PREFIX + name, MEDIA_TYPES[name.rpartition(".")[2]], body, gzip.compress(body, mtime=0))


def _shell(manifest: Mapping[str, Mapping[str, Any]], entry: str) -> tuple[str, ...]:
    """An entry's script and those that it imports at once, each once."""
    waiting, seen = [entry], dict[str, None]()
    while waiting:
        one = manifest[waiting.pop()]
        if one["file"] not in seen:
            seen[one["file"]] = None
            waiting.extend(one.get("imports", ()))
    return tuple(PREFIX + name for name in seen)
