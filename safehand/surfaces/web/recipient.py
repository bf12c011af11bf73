"""`/t/NUMBER`: what anybody may see of a parcel, and what the holder of its link may."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from safehand.events.vocabulary import AT_REST
from safehand.identity.actions import Action
from safehand.identity.model import Principal, PrincipalKind
from safehand.kernel.errors import Conflict, Invalid, Malformed, NotFound, SafehandError
from safehand.risk.contests import WORDS_CHARS_MAX
from safehand.surfaces.errors import NoSuchPage, NotAForm
from safehand.surfaces.ports import Cookies, Feed, Gate, TrackingPages
from safehand.surfaces.views import DataWish, PublicView, RecipientView
from safehand.surfaces.web.doorkeeper import Doorkeeper
from safehand.surfaces.web.files import saved
from safehand.surfaces.web.forms import read_form
from safehand.surfaces.web.live import Listeners
from safehand.surfaces.web.pages import LINK_REFERRER, Pages
from safehand.surfaces.web.problems import in_words
from safehand.surfaces.words.calendar import sentence
from safehand.surfaces.words.people import People
from safehand.surfaces.words.recipient_line import RecipientLine
from safehand.surfaces.words.scale import day_scale

LINK_DAYS = 90
NUMBER_CHARACTERS_MAX = 40
CLEAN = {"Referrer-Policy": LINK_REFERRER, "Cache-Control": "no-store"}
"""For a redirect away from an address that must not be handed on."""

_GAPS = re.compile(r"[^A-Z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientPages:
    """The pages of one parcel for people outside."""

    pages: Pages
    tracking: TrackingPages
    cookies: Cookies
    feed: Feed
    listeners: Listeners
    doorkeeper: Doorkeeper

    async def page(self, request: Request, me: Principal, number: str) -> Response:
        """With the link's cookie the timeline; without it status words and the promised day."""
        if me.kind is PrincipalKind.RECIPIENT:  # whoever has the right link is never kept waiting
            view = await self._looked(me, number)
            if isinstance(view, RecipientView):
                return self._theirs(request, number, view)
        address = request.client.host if request.client else ""
        self.doorkeeper.admit(address)
        view = await self._looked(me, number)
        if isinstance(view, RecipientView):
            return self._theirs(request, number, view)
        if not isinstance(view, PublicView):
            self.doorkeeper.missed(address)
        return self._anybodys(request, number, view)

    async def _looked(self, me: Principal, number: str) -> RecipientView | PublicView | SafehandError | None:
        try:
            return await self.tracking.look(me, number)
        except (Malformed, Invalid, NotFound) as error:
            return error

    def _theirs(self, request: Request, number: str, view: RecipientView) -> Response:
        reader = self.pages.reader(request)
        people = People(reader.words, view.names, you=view.head.recipient)
        line = RecipientLine(reader.words, reader.calendar, people)
        ended = view.head.state in AT_REST
        return self.pages.answer(
            request,
            "recipient/parcel.html",
            referrer=LINK_REFERRER,
            number=number,
            view=view,
            rows=line.rows(view),
            now=line.now(view),
            merchant=people.say(view.head.merchant),
            promised=sentence(reader.calendar.day(view.head.promised_on)),
            ended=sentence(reader.calendar.moment(view.head.since_ms)) if ended else "",
            scale=None if ended else day_scale(reader.calendar, view.head.promised_on),
        )

    def _anybodys(self, request: Request, number: str, view: PublicView | SafehandError | None) -> Response:
        reader = self.pages.reader(request)
        shown = view if isinstance(view, PublicView) else None
        refused = view if isinstance(view, Invalid | Malformed) else None
        ended = shown is not None and shown.state in AT_REST
        return self.pages.answer(
            request,
            "recipient/public.html",
            status=404 if shown is None else 200,
            referrer=LINK_REFERRER,
            number=number,
            view=shown,
            ended=ended,
            promised=sentence(reader.calendar.day(shown.promised_on)) if shown else "",
            scale=day_scale(reader.calendar, shown.promised_on) if shown and not ended else None,
            problem=in_words(reader, refused.status, refused) if refused else None,
        )

    async def by_link(self, request: Request, number: str, token: str) -> Response:
        """Swap the link's token for a cookie of this parcel's address only, and clean the address.

        Whoever has the right link is never kept waiting; wrong ones cost as misses do.
        """
        answer = RedirectResponse(f"/t/{number}", 303, headers=CLEAN)
        if await self.tracking.opens(number, token):
            self.cookies.set_link(answer, number, token, max_age_s=LINK_DAYS * 86_400)
        else:
            address = request.client.host if request.client else ""
            self.doorkeeper.admit(address)
            self.doorkeeper.missed(address)
        return answer

    async def data(self, request: Request, me: Principal, number: str) -> Response:
        """What is held of the recipient, and how to get or to lose it; what was asked already says so."""
        reader = self.pages.reader(request)
        waiting = await self.tracking.wishes(me, number)
        since = {wish: reader.calendar.moment(asked_ms) for wish, asked_ms in waiting.items()}
        return self.pages.answer(request, "recipient/data.html", number=number, wishes=DataWish, since=since)

    async def wish(self, request: Request, me: Principal, number: str) -> Response:
        """Note a wish from the page's form, and show that it is noted."""
        asked = (await read_form(request)).get("wish", "")
        if asked not in set(DataWish):
            raise NotAForm
        await self.tracking.wish(me, number, DataWish(asked))
        return RedirectResponse(f"/t/{number}/data", 303, headers=CLEAN)

    async def changed(
        self, request: Request, me: Principal, number: str, error: SafehandError | None = None, words: str = ""
    ) -> Response:
        """What a rate did to the parcel by itself, and what its recipient says of it."""
        view = await self.tracking.changed(me, number)
        if not view.effects:
            raise NoSuchPage
        reader = self.pages.reader(request)
        return self.pages.answer(
            request,
            "recipient/changed.html",
            status=200 if error is None else error.status,
            number=number,
            view=view,
            words_max=WORDS_CHARS_MAX,
            given=words,
            problem=in_words(reader, error.status, error) if error else None,
        )

    async def object(self, request: Request, me: Principal, number: str) -> Response:
        """Hear what a recipient contests; what cannot be taken is shown with what was written."""
        words = (await read_form(request)).get("words", "").strip()
        try:
            if not 0 < len(words) <= WORDS_CHARS_MAX:
                raise NotAForm
            await self.tracking.object(me, number, words)
        except (Conflict, NotAForm) as error:
            return await self.changed(request, me, number, error, words[:WORDS_CHARS_MAX])
        return RedirectResponse(f"/t/{number}/changed", 303, headers=CLEAN)

    def leak(self, request: Request, number: str, *, over: bool) -> Response:
        """Ask whether the link leaked; or tell that it is dead, and take the cookie back."""
        answer = self.pages.answer(request, "recipient/leaked.html", number=number, over=over)
        if over:
            self.cookies.clear_link(answer, number)
        return answer


def router(pages: RecipientPages, gate: Gate) -> APIRouter:
    """`/t/NUMBER`, its receipt, its live events, how to give its link up, what is held of its holder, what changed."""
    api = APIRouter(prefix="/t", include_in_schema=False)
    looking = Depends(gate(Action.TRACKING_READ))
    following = Depends(gate(Action.TRACKING_READ_PRIVATE))
    revoking = Depends(gate(Action.LINK_REVOKE))
    wishing = Depends(gate(Action.PRIVACY_ASK))
    objecting = Depends(gate(Action.RISK_OBJECT))

    @api.get("/{number}")
    async def parcel(
        request: Request, number: str, me: Annotated[Principal, looking], k: str | None = None
    ) -> Response:
        clean = clean_number(number)
        if k is not None:
            return await pages.by_link(request, clean, k)
        if clean != number:
            return RedirectResponse(f"/t/{clean}", 303, headers=CLEAN)
        return await pages.page(request, me, clean)

    @api.get("/{number}/receipt")
    async def receipt(number: str, me: Annotated[Principal, following]) -> Response:
        return saved(await pages.tracking.receipt(me, clean_number(number)))

    @api.get("/{number}/live")
    async def live(number: str, me: Annotated[Principal, following]) -> Response:
        parcel = await pages.tracking.followed(me, clean_number(number))
        return pages.listeners.open(f"parcel {parcel}", me, pages.feed.moved(parcel))

    @api.get("/{number}/leaked")
    async def ask(request: Request, number: str, me: Annotated[Principal, revoking]) -> Response:
        await pages.tracking.followed(me, clean_number(number))
        return pages.leak(request, clean_number(number), over=False)

    @api.post("/{number}/leaked")
    async def leaked(request: Request, number: str, me: Annotated[Principal, revoking]) -> Response:
        await pages.tracking.leaked(me, clean_number(number))
        return pages.leak(request, clean_number(number), over=True)

    @api.get("/{number}/data")
    async def data(request: Request, number: str, me: Annotated[Principal, wishing]) -> Response:
        return await pages.data(request, me, clean_number(number))

    @api.post("/{number}/data")
    async def wish(request: Request, number: str, me: Annotated[Principal, wishing]) -> Response:
        return await pages.wish(request, me, clean_number(number))

    @api.get("/{number}/changed")
    async def changed(request: Request, number: str, me: Annotated[Principal, objecting]) -> Response:
        return await pages.changed(request, me, clean_number(number))

    @api.post("/{number}/changed")
    async def object_to(request: Request, number: str, me: Annotated[Principal, objecting]) -> Response:
        return await pages.object(request, me, clean_number(number))

    return api


def clean_number(number: str) -> str:
    """The number as it is stored: no gaps, capital letters; what can be no number is cut short."""
    return _GAPS.sub("", number[: NUMBER_CHARACTERS_MAX * 2].upper())[:NUMBER_CHARACTERS_MAX] or "0"
