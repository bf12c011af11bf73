"""`/t/NUMBER`: what anybody may see of a parcel, and what the holder of its link may."""

import re
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from safehand.kernel.errors import Invalid, Malformed, NotFound, SafehandError
from safehand.surfaces.errors import NoSuchLink
from safehand.surfaces.ports import Feed, TrackingPages
from safehand.surfaces.views import PublicView, RecipientView
from safehand.surfaces.web.doorkeeper import Doorkeeper
from safehand.surfaces.web.live import Listeners
from safehand.surfaces.web.pages import LINK_REFERRER, Pages
from safehand.surfaces.web.problems import in_words
from safehand.surfaces.words.calendar import day_of, sentence
from safehand.surfaces.words.people import People
from safehand.surfaces.words.recipient_line import RecipientLine
from safehand.surfaces.words.rows import ENDED
from safehand.surfaces.words.scale import day_scale

LINK_COOKIE = "safehand_link"
LINK_DAYS = 90
NUMBER_CHARACTERS_MAX = 40

_GAPS = re.compile(r"[\s\-.()]+")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class RecipientPages:
    """The pages of one parcel for people outside."""

    pages: Pages
    tracking: TrackingPages
    feed: Feed
    listeners: Listeners
    doorkeeper: Doorkeeper

    async def page(self, request: Request, number: str) -> Response:
        """With the link's cookie the timeline; without it status words and the promised day."""
        token = _token(request)
        if token:
            view = await self.tracking.recipient(number, token)
            if view is not None:
                return self._theirs(request, number, view)
        address = request.client.host if request.client else ""
        self.doorkeeper.admit(address)
        refused: SafehandError | None = None
        try:
            shown = await self.tracking.public(number)
        except (Malformed, Invalid, NotFound) as error:
            shown, refused = None, error
        if shown is None:
            self.doorkeeper.missed(address)
        return self._anybodys(request, number, shown, refused)

    def _theirs(self, request: Request, number: str, view: RecipientView) -> Response:
        reader = self.pages.reader(request)
        people = People(reader.words, view.names, you=view.head.recipient)
        line = RecipientLine(reader.words, reader.calendar, people)
        promised = day_of(view.head.promised_on)
        delivered_ms = view.head.since_ms if view.head.state in ENDED else None
        return self.pages.answer(
            request,
            "recipient/parcel.html",
            referrer=LINK_REFERRER,
            number=number,
            view=view,
            rows=line.rows(view),
            now=line.now(view),
            merchant=people.say(view.head.merchant),
            promised=sentence(reader.calendar.day(promised)) if promised else "",
            ended=sentence(reader.calendar.moment(delivered_ms)) if delivered_ms else "",
            scale=day_scale(reader.calendar, promised) if promised and not delivered_ms else None,
        )

    def _anybodys(
        self, request: Request, number: str, view: PublicView | None, refused: SafehandError | None
    ) -> Response:
        reader = self.pages.reader(request)
        promised = day_of(view.promised_on) if view else None
        ended = view is not None and view.state in ENDED
        return self.pages.answer(
            request,
            "recipient/public.html",
            status=404 if view is None else 200,
            referrer=LINK_REFERRER,
            number=number,
            view=view,
            ended=ended,
            promised=sentence(reader.calendar.day(promised)) if promised else "",
            scale=day_scale(reader.calendar, promised) if promised and not ended else None,
            problem=in_words(reader, refused.status, refused) if isinstance(refused, Invalid | Malformed) else None,
        )

    async def by_link(self, number: str, token: str) -> Response:
        """Swap the link's token for a cookie of this parcel's address only, and clean the address."""
        clean = RedirectResponse(f"/t/{number}", 303, headers={"Referrer-Policy": LINK_REFERRER})
        clean.headers["Cache-Control"] = "no-store"
        if _TOKEN.fullmatch(token) and await self.tracking.opens(number, token):
            self.pages.keep(clean, LINK_COOKIE, token, path=f"/t/{number}", max_age_s=LINK_DAYS * 86_400)
        return clean


def router(pages: RecipientPages) -> APIRouter:
    """`/t/NUMBER`, its receipt and its live events."""
    api = APIRouter(prefix="/t", include_in_schema=False)

    @api.get("/{number}")
    async def parcel(request: Request, number: str, k: str | None = None) -> Response:
        clean = _clean(number)
        if k is not None:
            return await pages.by_link(clean, k)
        if clean != number:
            return RedirectResponse(f"/t/{clean}", 303, headers={"Referrer-Policy": LINK_REFERRER})
        return await pages.page(request, clean)

    @api.get("/{number}/receipt")
    async def receipt(request: Request, number: str) -> Response:
        file = await pages.tracking.receipt(_clean(number), _token(request))
        return saved(file.body, file.file_name)

    @api.get("/{number}/live")
    async def live(request: Request, number: str) -> Response:
        parcel = await pages.feed.parcel_of(_clean(number), _token(request))
        if parcel is None:
            raise NoSuchLink
        return pages.listeners.open(f"parcel {parcel}", pages.feed.moved(parcel))

    return api


def saved(body: bytes, file_name: str) -> Response:
    """A file to keep, under a name of our own making."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "-", file_name)
    headers = {
        "Content-Disposition": f'attachment; filename="{safe}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, media_type="text/plain; charset=utf-8", headers=headers)


def _clean(number: str) -> str:
    """The number as it is stored: no gaps, capital letters; what can be no number is cut short."""
    bare = _GAPS.sub("", number)[:NUMBER_CHARACTERS_MAX].upper()
    return re.sub(r"[^A-Z0-9]", "", bare) or "0"


def _token(request: Request) -> str:
    token = request.cookies.get(LINK_COOKIE, "")
    return token if _TOKEN.fullmatch(token) else ""
