"""Findings of the audit: the list, one with what can be done about it, and who can see what."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from markupsafe import Markup

from safehand.audit.errors import DayImpossible
from safehand.audit.model import ACCEPTED_DAYS_MAX, FINDING, Finding, FindingState, Severity, Step, StepKind
from safehand.identity.actions import Action
from safehand.kernel.errors import SafehandError
from safehand.kernel.ids import UserId, is_id
from safehand.surfaces.errors import NoSuchPage
from safehand.surfaces.findings import AuditPages, FindingView
from safehand.surfaces.ports import Door
from safehand.surfaces.views import Staff
from safehand.surfaces.web.forms import read_form
from safehand.surfaces.web.pages import Pages, Reader
from safehand.surfaces.web.problems import in_words
from safehand.surfaces.web.staff.decisions import done

CURSOR_CHARS_MAX = 50
SHAPES = {Severity.HIGH: "exception", Severity.MEDIUM: "held", Severity.LOW: "waiting"}
LISTED = (FindingState.ACCEPTED, FindingState.FIXED, FindingState.GONE)
"""The states beside the open ones, in the order of their tabs."""

type Act = Callable[[Staff, str, dict[str, str]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class FindingPages:
    """The pages and what they ask."""

    pages: Pages
    audit: AuditPages

    async def one(self, request: Request, viewer: Staff, id: str, error: SafehandError | None = None) -> Response:
        """One finding; with what was refused, if something was."""
        view = await self.audit.finding(viewer, finding_id(id))
        reader = self.pages.reader(request)
        return self.pages.answer(
            request,
            "staff/finding.html",
            status=200 if error is None else error.status,
            viewer=viewer,
            view=view,
            finding=view.finding,
            told=lambda part: told(reader, view.finding, part),
            stepped=lambda step: stepped(reader, view, step),
            shape=shape(view.finding),
            late=view.finding.overdue(reader.calendar.now_ms),
            problem=in_words(reader, error.status, error) if error else None,
        )

    async def record(self, request: Request, viewer: Staff, id: str, act: Act) -> Response:
        """Record what somebody decided; what is refused is shown with the finding."""
        form = await read_form(request)
        try:
            await act(viewer, finding_id(id), form)
        except SafehandError as error:
            return await self.one(request, viewer, id, error)
        return done(self.pages, f"/audit/{id}", "answered")

    async def own(self, viewer: Staff, id: str, form: dict[str, str]) -> None:
        """The form of the owner."""
        await self.audit.own(viewer, id, UserId(form.get("owner", "")))

    async def due(self, viewer: Staff, id: str, form: dict[str, str]) -> None:
        """The form of the day."""
        await self.audit.due(viewer, id, self.end_of(form.get("day", "")))

    async def accept(self, viewer: Staff, id: str, form: dict[str, str]) -> None:
        """The form of who answers for it."""
        await self.audit.accept(viewer, id, form.get("reason", ""), self.end_of(form.get("day", "")))

    async def fixed(self, viewer: Staff, id: str, form: dict[str, str]) -> None:
        """The form of who mended it."""
        await self.audit.fixed(viewer, id, form.get("reason", ""))

    def end_of(self, text: str) -> int:
        """The last moment of a local day, as a browser writes days.

        Errors
            DayImpossible
        """
        try:
            after = date.fromisoformat(text) + timedelta(days=1)
        except (ValueError, OverflowError):
            raise DayImpossible(text, ACCEPTED_DAYS_MAX) from None
        midnight = datetime.combine(after, time(), self.pages.zone).astimezone(UTC)
        return int(midnight.timestamp()) * 1_000 - 1


def router(pages: Pages, audit: AuditPages, door: Door) -> APIRouter:
    """`/audit`, `/audit/access`, `/audit/{id}` and what is decided there."""
    api = APIRouter(prefix="/audit", include_in_schema=False)
    shown = FindingPages(pages, audit)
    _reading(api, shown, Depends(door(Action.AUDIT_READ)))
    _answering(api, shown, Depends(door(Action.AUDIT_ANSWER)))
    return api


def _reading(api: APIRouter, shown: FindingPages, reading: Staff) -> None:
    @api.get("")
    async def listed(
        request: Request, viewer: Annotated[Staff, reading], state: str = "", late: str = "", after: str = ""
    ) -> Response:
        reader = shown.pages.reader(request)
        chosen = FindingState(state) if state in LISTED else None
        found = await shown.audit.findings(viewer, chosen, late == "1", after[:CURSOR_CHARS_MAX])
        return shown.pages.answer(
            request,
            "staff/findings.html",
            viewer=viewer,
            listed=found,
            chosen=chosen,
            late=late == "1",
            states=LISTED,
            told=lambda finding, part: told(reader, finding, part),
            shape=shape,
        )

    @api.get("/access")
    async def access(request: Request, viewer: Annotated[Staff, reading]) -> Response:
        return shown.pages.answer(
            request, "staff/access.html", viewer=viewer, people=await shown.audit.access(viewer)
        )  # fmt: skip

    @api.get("/{finding}")
    async def one(request: Request, finding: str, viewer: Annotated[Staff, reading]) -> Response:
        return await shown.one(request, viewer, finding)


def _answering(api: APIRouter, shown: FindingPages, answering: Staff) -> None:
    @api.post("/{finding}/owner")
    async def owner(request: Request, finding: str, viewer: Annotated[Staff, answering]) -> Response:
        return await shown.record(request, viewer, finding, shown.own)

    @api.post("/{finding}/due")
    async def due(request: Request, finding: str, viewer: Annotated[Staff, answering]) -> Response:
        return await shown.record(request, viewer, finding, shown.due)

    @api.post("/{finding}/accept")
    async def accept(request: Request, finding: str, viewer: Annotated[Staff, answering]) -> Response:
        return await shown.record(request, viewer, finding, shown.accept)

    @api.post("/{finding}/fixed")
    async def fixed(request: Request, finding: str, viewer: Annotated[Staff, answering]) -> Response:
        return await shown.record(request, viewer, finding, shown.fixed)


def told(reader: Reader, finding: Finding, part: str) -> Markup:
    """What the finding says of itself: its word, what was seen, what to do."""
    return reader.markup(f"finding.{finding.kind}.{part}", **finding.params)


def stepped(reader: Reader, view: FindingView, step: Step) -> str:
    """A step's note in words: a name, a day, or what somebody wrote."""
    if step.kind is StepKind.OWNED:
        return view.names.get(UserId(step.note), "")
    if step.kind is StepKind.DUE and step.note.isdigit():
        return reader.calendar.moment(int(step.note))
    return step.note


def shape(finding: Finding) -> str:
    """Its data-status: what is closed has ended."""
    return SHAPES[finding.severity] if finding.state is FindingState.OPEN else "ended"


def finding_id(text: str) -> str:
    """The id from an address. Errors: NoSuchPage."""
    if not is_id(FINDING, text):
        raise NoSuchPage
    return text
