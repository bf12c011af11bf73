"""HTTP of the ledger: the public log's files under /log/, and how far everything is behind."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel

from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import Principal
from safehand.ledger.errors import NoSuchLogFile
from safehand.ledger.predecessor import PREDECESSOR_PATH
from safehand.ledger.projections import Projector
from safehand.ledger.receipts import Receipts
from safehand.ledger.sequencer import checkpointed_size
from safehand.ledger.stamp import STAMPED_PATH, TOKEN_PATH
from safehand.ledger.succession import KEYS_PATH
from safehand.ledger.tiles import CHECKPOINT_PATH, VKEY_PATH, BadTilePath, Tile
from safehand.ledger.timestamps import REPLY_TYPE
from safehand.ledger.witness.asking import Witnesses
from safehand.store.database import Store

TILE_AGE_S = 31_536_000


class ProjectionLag(BaseModel):
    """How far one projection is behind the log, in facts."""

    name: str
    position: int
    behind: int


class WitnessLag(BaseModel):
    """How far one witness is behind the signed log, in entries, and what keeps it from cosigning."""

    name: str
    size: int
    behind: int
    trouble: str


class LagOut(BaseModel):
    """The log's size, what waits for a position, what is signed, the projections, and the witnesses."""

    facts: int
    unsequenced: int
    size: int
    signed: int
    projections: list[ProjectionLag]
    witnesses: list[WitnessLag]


def router(
    store: Store, projector: Projector, receipts: Receipts, witnesses: Witnesses | None, guard: Guard
) -> APIRouter:
    """The routes of the ledger."""
    folder = receipts.folder
    api = APIRouter(tags=["ledger"])
    public = guard.allow(Action.PUBLIC_READ)
    watching = guard.allow(Action.LAG_READ)
    _beside(api, folder, public)

    @api.get("/log/checkpoint", response_class=Response)
    async def checkpoint(_: Annotated[Principal, Depends(public)]) -> Response:
        """The newest signed checkpoint (C2SP tlog-checkpoint), with its cosignatures where there are witnesses."""
        cosigned = (folder / receipts.shown).is_file()
        return _file(folder, receipts.shown if cosigned else CHECKPOINT_PATH, "text/plain; charset=utf-8", "no-store")

    @api.get("/log/vkey", response_class=Response)
    async def vkey(_: Annotated[Principal, Depends(public)]) -> Response:
        """The log's verifier key, one line. Get it from somewhere else too: who serves a log can serve a key."""
        return _file(folder, VKEY_PATH, "text/plain; charset=utf-8", "max-age=60")

    @api.get("/log/tile/{path:path}", response_class=Response)
    async def tile(path: str, _: Annotated[Principal, Depends(public)]) -> Response:
        """One tile or entry bundle (C2SP tlog-tiles)."""
        try:
            wanted = Tile.parse(f"tile/{path[:200]}")
        except BadTilePath:
            raise NoSuchLogFile(path[:200]) from None
        return _file(folder, wanted.path, "application/octet-stream", f"public, max-age={TILE_AGE_S}, immutable")

    @api.get("/v1/lag")
    async def lag(_: Annotated[Principal, Depends(watching)]) -> LagOut:
        """How far the log, its checkpoint and the projections are behind what is stored."""
        async with store.transaction() as tx:
            waiting = (await tx.fetch("SELECT count(*) AS n FROM facts_to_sequence"))[0]["n"]
            size = (await tx.fetch("SELECT coalesce(max(position) + 1, 0) AS n FROM log_positions"))[0]["n"]
            signed = await checkpointed_size(tx)
        lags = await projector.lags()
        return LagOut(
            facts=size + waiting,
            unsequenced=waiting,
            size=size,
            signed=signed,
            projections=[ProjectionLag(name=one.name, position=one.position, behind=one.behind) for one in lags],
            witnesses=[
                WitnessLag(name=one.witness.name, size=one.size, behind=max(0, signed - one.size), trouble=one.trouble)
                for one in (witnesses.standings if witnesses else ())
            ],
        )

    return api


def _beside(api: APIRouter, folder: Path, public: Callable[..., Awaitable[Principal]]) -> None:
    """What lies beside the log, where there is any: who signed it, when it was seen, and what was before it."""

    @api.get("/log/keys", response_class=Response)
    async def keys(_: Annotated[Principal, Depends(public)]) -> Response:
        """The changes of the log's key, each a note signed by the old one and the new one; none if there was none."""
        return _file(folder, KEYS_PATH, "text/plain; charset=utf-8", "max-age=60")

    @api.get("/log/timestamp.tsr", response_class=Response)
    async def timestamp(_: Annotated[Principal, Depends(public)]) -> Response:
        """When somebody else's clock saw `/log/timestamp.checkpoint` (RFC 3161); none if nobody was asked yet."""
        return _file(folder, TOKEN_PATH, REPLY_TYPE, "no-store")

    @api.get("/log/timestamp.checkpoint", response_class=Response)
    async def stamped(_: Annotated[Principal, Depends(public)]) -> Response:
        """The checkpoint that the timestamp is about."""
        return _file(folder, STAMPED_PATH, "text/plain; charset=utf-8", "no-store")

    @api.get("/log/predecessor", response_class=Response)
    async def predecessor(_: Annotated[Principal, Depends(public)]) -> Response:
        """What this log says of the one before it, if it was declared after one: a note signed by both."""
        return _file(folder, PREDECESSOR_PATH, "text/plain; charset=utf-8", "max-age=60")


def _file(folder: Path, path: str, media_type: str, cache: str) -> Response:
    if not (folder / path).is_file():
        raise NoSuchLogFile(path)
    return FileResponse(folder / path, media_type=media_type, headers={"Cache-Control": cache})
