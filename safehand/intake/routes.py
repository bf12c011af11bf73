"""HTTP of intake: a device's batch, and one statement as a request."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from safehand.custody.statements import Answer
from safehand.events.vocabulary import ExceptionKind
from safehand.identity.actions import Action
from safehand.identity.commands import DeviceDesk
from safehand.identity.devices import Device
from safehand.identity.errors import DeviceRevoked, DeviceUnknown, NotYours
from safehand.identity.guard import Guard
from safehand.identity.model import Principal, Resource
from safehand.intake.batch import Batch, Item, Outbox, Sender, read_batch, read_item, read_outbox
from safehand.intake.desk import IntakeDesk
from safehand.intake.errors import DeviceInService
from safehand.kernel.answers import answered
from safehand.kernel.ids import PartyId

log = structlog.get_logger(__name__)


class Opened(msgspec.Struct, kw_only=True, frozen=True):
    """An exception that a statement opened."""

    id: str
    kind: str


class AnswerOut(msgspec.Struct, kw_only=True, frozen=True):
    """What became of one statement."""

    hash: str
    outcome: str
    seq: int | None
    exceptions: list[Opened]
    why: str | None


class AnswersOut(msgspec.Struct, kw_only=True, frozen=True):
    """One answer an item, in the order of the batch."""

    answers: list[AnswerOut]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeDesks:
    """What the routes of intake ask."""

    intake: IntakeDesk
    fleet: DeviceDesk
    guard: Guard

    async def sender(self, me: Principal) -> tuple[Sender, bytes]:
        """The device that sends, and its public key."""
        try:
            device = await self.fleet.device(me.id)
        except NotYours:
            raise DeviceUnknown(device=me.id) from None
        return _sender(device), device.public_key


def router(desks: IntakeDesks) -> APIRouter:
    """The routes of intake. Bodies are read by msgspec: devices send many."""
    api = APIRouter(prefix="/v1", tags=["devices"])
    tell = desks.guard.allow(Action.STATEMENT_TELL)

    @api.post(
        "/statements",
        openapi_extra=_takes(Batch, "statements"),
        responses=answered(AnswersOut),
        response_class=Response,
    )
    async def statements(request: Request, me: Annotated[Principal, Depends(tell)]) -> Response:
        """Tell what has happened, in any order and as often as needed; each item gets one final answer."""
        items = read_batch(await request.body())
        sender, public_key = await desks.sender(me)
        answers = await desks.intake.take(items, sender, public_key)
        if any(kind == ExceptionKind.SEQUENCE_REUSED for answer in answers for _, kind in answer.exceptions):
            await desks.fleet.reused_a_number(sender.device)
        return _json(AnswersOut(answers=[_answer(one) for one in answers]), 200)

    @api.post("/handovers", status_code=201, openapi_extra=_takes(Item, "statement"), response_class=Response)
    async def handovers(
        request: Request, me: Annotated[Principal, Depends(desks.guard.allow(Action.HANDOVER_REQUEST))]
    ) -> Response:
        """May this be? One statement, refused with 409 where it contradicts the record; stored otherwise."""
        item = read_item(await request.body())
        sender, public_key = await desks.sender(me)
        answer = await desks.intake.ask(item, sender, public_key)
        return _json(_answer(answer), 201)

    _outbox(api, desks)
    return api


def _outbox(api: APIRouter, desks: IntakeDesks) -> None:
    hand_in = desks.guard.allow(Action.OUTBOX_TELL)

    @api.post("/devices/{device}/outbox", openapi_extra=_takes(Outbox, "statements"), response_class=Response)
    async def outbox(device: str, request: Request, me: Annotated[Principal, Depends(hand_in)]) -> Response:
        """Hand in what a replaced device had queued; it signed each item. What is stored opens an exception each."""
        handed = read_outbox(await request.body())
        old = await desks.fleet.device(device[:40])
        desks.guard.require(me, Action.OUTBOX_TELL, Resource.of_device(old.id, party=old.party))
        if old.revoked_ms is not None:
            raise DeviceRevoked(device=old.id)
        if old.retired_ms is None:
            raise DeviceInService(old.id)
        answers = await desks.intake.take(handed.statements, _sender(old), old.public_key)
        if handed.last_sequence is not None:
            await desks.fleet.end_outbox(old.id, handed.last_sequence)
        log.info("outbox_handed_in", principal=me.id, resource=old.id, items=len(answers))
        return _json(AnswersOut(answers=[_answer(one) for one in answers]), 200)


def _sender(device: Device) -> Sender:
    return Sender(device.id, PartyId(device.party), device.retired_ms, device.outbox_end)


def _answer(answer: Answer) -> AnswerOut:
    return AnswerOut(
        hash=answer.hash.hex(),
        outcome=answer.outcome.value,
        seq=answer.seq,
        exceptions=[Opened(id=id, kind=kind) for id, kind in answer.exceptions],
        why=answer.why,
    )


def _json(body: msgspec.Struct, status: int) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")


def _takes(kind: type[msgspec.Struct], name: str) -> dict[str, object]:
    (schema,), components = msgspec.json.schema_components([kind], ref_template="#/x-{name}")
    del schema
    inline = components[kind.__name__]
    if kind is not Item:
        many = {name: {"type": "array", "maxItems": 200, "items": components["Item"]}}
        inline = {**inline, "properties": {**inline["properties"], **many}}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": inline}}}}
