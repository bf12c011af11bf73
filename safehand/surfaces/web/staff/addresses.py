"""Doubtful addresses: the queue, and one with its correction."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from safehand.identity.actions import Action
from safehand.kernel.errors import SafehandError
from safehand.places.addresses.doubts import CONSENT_CHARS_MAX, CaseState, Consent, ConsentKind, Doubt, Lines
from safehand.surfaces.addresses import AddressPages
from safehand.surfaces.errors import MissingChoice
from safehand.surfaces.ports import Door
from safehand.surfaces.views import Staff
from safehand.surfaces.web.forms import read_form
from safehand.surfaces.web.pages import Pages
from safehand.surfaces.web.problems import in_words
from safehand.surfaces.web.staff.decisions import done

CURSOR_CHARS_MAX = 40
LINE_CHARS_MAX = 100
SHAPES = {Doubt.UNDELIVERABLE: "exception", Doubt.IN_SEA: "exception"}
FIELDS = ("street", "postal_code", "city", "country")


class Typed(msgspec.Struct, frozen=True):
    """What somebody typed into the form, within its bounds."""

    street: Annotated[str, msgspec.Meta(min_length=1, max_length=LINE_CHARS_MAX, pattern=r"^[^\x00-\x1f\x7f]*$")]
    postal_code: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z -]{0,11}$")]
    city: Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")]
    country: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")]
    consent: ConsentKind
    evidence: Annotated[str, msgspec.Meta(max_length=CONSENT_CHARS_MAX, pattern=r"^[\x21-\x7e]+$")]


@dataclass(frozen=True, slots=True)
class QueuePages:
    """The pages and what they ask."""

    pages: Pages
    addresses: AddressPages

    async def one(
        self,
        request: Request,
        viewer: Staff,
        id: str,
        error: SafehandError | None = None,
        given: dict[str, str] | None = None,
    ) -> Response:
        """One case; with what was given and refused, if something was."""
        view = await self.addresses.case(viewer, id)
        reader = self.pages.reader(request)
        lines = view.opened.lines
        return self.pages.answer(
            request,
            "staff/address.html",
            status=200 if error is None else error.status,
            viewer=viewer,
            view=view,
            opened=view.opened,
            case=view.opened.case,
            shape=shape(view.opened.case.doubt, view.opened.case.state),
            consents=tuple(ConsentKind),
            given=given or {name: getattr(lines, name) for name in FIELDS},
            problem=in_words(reader, error.status, error) if error else None,
        )


def router(pages: Pages, addresses: AddressPages, door: Door) -> APIRouter:
    """`/addresses`, `/addresses/{case}` and what is decided there."""
    api = APIRouter(prefix="/addresses", include_in_schema=False)
    shown = QueuePages(pages, addresses)
    reading, correcting = Depends(door(Action.ADDRESS_READ)), Depends(door(Action.ADDRESS_CORRECT))

    @api.get("")
    async def listed(
        request: Request, viewer: Annotated[Staff, reading], state: str = "", after: str = ""
    ) -> Response:  # fmt: skip
        chosen = CaseState(state) if state in CaseState else CaseState.OPEN
        found = await addresses.cases(viewer, chosen, after[:CURSOR_CHARS_MAX])
        return pages.answer(
            request,
            "staff/addresses.html",
            viewer=viewer,
            listed=found,
            chosen=chosen,
            states=tuple(CaseState),
            shape=shape,
        )

    @api.get("/{case}")
    async def one(request: Request, case: str, viewer: Annotated[Staff, reading]) -> Response:
        return await shown.one(request, viewer, case)

    @api.post("/{case}/correct")
    async def correct(request: Request, case: str, viewer: Annotated[Staff, correcting]) -> Response:
        form = await read_form(request)
        try:
            await addresses.correct(viewer, case, *_typed(form))
        except SafehandError as error:
            return await shown.one(request, viewer, case, error, form)
        return done(pages, f"/addresses/{case}", "answered")

    @api.post("/{case}/dismiss")
    async def dismiss(request: Request, case: str, viewer: Annotated[Staff, correcting]) -> Response:
        try:
            await addresses.dismiss(viewer, case)
        except SafehandError as error:
            return await shown.one(request, viewer, case, error)
        return done(pages, f"/addresses/{case}", "answered")

    return api


def shape(doubt: Doubt, state: CaseState) -> str:
    """Its data-status: what is closed has ended."""
    return SHAPES.get(doubt, "held") if state is CaseState.OPEN else "ended"


def _typed(form: dict[str, str]) -> tuple[Lines, Consent]:
    """The address and the consent of a form. Errors: MissingChoice."""
    said = {name: text.strip() for name, text in form.items()}
    try:
        typed = msgspec.convert(said | {"country": said.get("country", "").upper()}, Typed)
    except msgspec.ValidationError:
        raise MissingChoice from None
    lines = Lines(**{name: getattr(typed, name) for name in FIELDS})
    return lines, Consent(typed.consent, typed.evidence)
