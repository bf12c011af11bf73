"""Calls: what a caller says is typed in, and their one parcel opens for a while."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from safehand.identity.actions import Action
from safehand.identity.grants import CallReason
from safehand.kernel.errors import SafehandError
from safehand.parcels.calls import Caller
from safehand.surfaces.errors import MissingChoice
from safehand.surfaces.ports import CallDesk, Door
from safehand.surfaces.views import Staff
from safehand.surfaces.web.forms import read_form
from safehand.surfaces.web.pages import Pages
from safehand.surfaces.web.problems import in_words
from safehand.surfaces.web.staff.decisions import done

HOME = "/call"
FACT_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class CallPages:
    """The page of calls."""

    pages: Pages
    desk: CallDesk

    async def page(
        self, request: Request, viewer: Staff, typed: dict[str, str], error: SafehandError | None = None
    ) -> Response:
        """The form, and what is open; with what was typed and refused."""
        reader = self.pages.reader(request)
        headers = {}
        if error is not None and error.retry_after_s is not None:
            headers["Retry-After"] = str(error.retry_after_s)
        return self.pages.answer(
            request,
            "staff/call.html",
            status=200 if error is None else error.status,
            headers=headers,
            viewer=viewer,
            typed=typed,
            reasons=tuple(CallReason),
            calls=await self.desk.open_now(viewer),
            problem=in_words(reader, error.status, error) if error else None,
        )


def router(pages: CallPages, door: Door) -> APIRouter:
    """`/call` and what it does."""
    api = APIRouter(prefix=HOME, include_in_schema=False)
    verifying = Depends(door(Action.CALL_VERIFY))

    @api.get("")
    async def form(request: Request, viewer: Annotated[Staff, verifying]) -> Response:
        return await pages.page(request, viewer, {})

    @api.post("")
    async def verify(request: Request, viewer: Annotated[Staff, verifying]) -> Response:
        typed = {name: value.strip()[:FACT_CHARACTERS_MAX] for name, value in (await read_form(request)).items()}
        try:
            parcel = await pages.desk.verify(viewer, _caller(typed))
        except SafehandError as error:
            return await pages.page(request, viewer, typed, error)
        return RedirectResponse(f"/parcels/{parcel}", 303, headers={"Cache-Control": "no-store"})

    @api.post("/{grant}/end")
    async def end(grant: str, viewer: Annotated[Staff, verifying]) -> Response:
        await pages.desk.end(viewer, grant)
        return done(pages.pages, HOME, "ended")

    return api


def _caller(typed: dict[str, str]) -> Caller:
    """Errors: MissingChoice, where something was left out."""
    asked = ("number", "name", "postal_code", "contact")
    if not all(typed.get(name) for name in asked) or typed.get("reason") not in CallReason:
        raise MissingChoice
    return Caller(**{name: typed[name] for name in asked}, reason=CallReason(typed["reason"]))
