"""What the pages need others to fill; `answers/` fills them from the rooms below, tests from a sample day.

Every method may also raise what any request may meet: Unavailable (503), and for staff Forbidden (403).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from fastapi import Response

from safehand.events.vocabulary import ExceptionState, Resolution, State
from safehand.identity.account import Account, Me
from safehand.identity.actions import Action
from safehand.identity.by_provider import Returned, Sent
from safehand.identity.model import Principal
from safehand.identity.openings import Browser
from safehand.identity.sign_in import Password
from safehand.kernel.ids import ExceptionId, ParcelId, PartyId, PlaceId, UserId
from safehand.parcels.calls import Caller, OpenCall
from safehand.surfaces.risks import ChangedView
from safehand.surfaces.views import (
    CaseList,
    CaseView,
    DataWish,
    Overview,
    ParcelList,
    ParcelView,
    PublicView,
    ReceiptFile,
    RecipientView,
    Staff,
)

type Gate = Callable[[Action], Callable[..., Awaitable[Principal]]]
"""For an action, the dependency that says who asks and refuses who never may: `Guard.allow`.

Errors
    Unauthenticated  nobody is signed in: a page becomes the way to sign in.
    Forbidden        the policies do not allow it.
"""
type Door = Callable[[Action], Callable[..., Awaitable[Staff]]]
"""The same for staff pages: the dependency that answers who is signed in."""


class CustodyPages(Protocol):
    """What staff pages read."""

    async def overview(self, viewer: Staff) -> Overview:
        """The day so far."""
        ...

    async def parcels(self, viewer: Staff, state: State | None, after: str | None) -> ParcelList:
        """A page of parcels, latest moved first; `after` is the cursor of the page before."""
        ...

    async def find(self, viewer: Staff, number: str) -> ParcelId:
        """The parcel that answers to this number: SSCC, S10, tracking number or id, typed in any grouping.

        Errors
            Malformed, Invalid  it can be no such number; the words say which digit does not fit.
            NotFound            no parcel has it, or none that the viewer may see.
        """
        ...

    async def parcel(self, viewer: Staff, parcel: ParcelId) -> ParcelView:
        """One parcel. Errors: NotFound."""
        ...

    async def cases(self, viewer: Staff, state: ExceptionState | None, after: str | None) -> CaseList:
        """A page of exceptions; `state` None means all that are not resolved."""
        ...

    async def case(self, viewer: Staff, exception: ExceptionId) -> CaseView:
        """One exception with its parcel. Errors: NotFound."""
        ...

    async def receipt(self, viewer: Staff, parcel: ParcelId, position: int | None) -> ReceiptFile:
        """The receipt of a log position, or of the newest one that is checkpointed.

        Errors
            NotFound     the parcel has no such entry.
            Unavailable  none is checkpointed yet; `retry_after_s` says when to ask again.
        """
        ...


@dataclass(frozen=True, slots=True)
class OwnDepot:
    """The depot that somebody works in: what its tablets are enrolled for."""

    party: PartyId
    name: str
    place: PlaceId | None


class DepotPages(Protocol):
    """What the frame of a depot's screens reads."""

    async def own(self, viewer: Staff) -> OwnDepot | None:
        """The viewer's depot; None for whoever has none."""
        ...


class CaseDesk(Protocol):
    """What staff decide about exceptions. Errors: NotFound, Conflict (decided by somebody else), Invalid."""

    async def assign(self, viewer: Staff, exception: ExceptionId, owner: UserId) -> None:
        """Give the exception an owner."""
        ...

    async def resolve(self, viewer: Staff, exception: ExceptionId, resolution: Resolution) -> None:
        """Close it."""
        ...

    async def override(self, viewer: Staff, exception: ExceptionId, seal: str) -> None:
        """Accept the parcel with the seal that was read again."""
        ...

    async def correct(self, viewer: Staff, exception: ExceptionId, custodian: PartyId, state: State) -> None:
        """Record who really holds the parcel."""
        ...


class CallDesk(Protocol):
    """What call-centre agents do."""

    async def verify(self, viewer: Staff, caller: Caller) -> ParcelId:
        """Open a caller's parcel. Errors: Invalid (something does not fit, not said what), TooMany."""
        ...

    async def open_now(self, viewer: Staff) -> Sequence[OpenCall]:
        """What is open in this session, newest first."""
        ...

    async def end(self, viewer: Staff, grant: str) -> None:
        """The call is over. Errors: NotFound."""
        ...


class TrackingPages(Protocol):
    """What `/t/NUMBER` reads. It costs the same whether the number exists or not."""

    async def look(self, me: Principal, number: str) -> RecipientView | PublicView | None:
        """What this asker may see of the parcel; None if no parcel has the number.

        Errors
            Malformed, Invalid  it can be no number of ours.
        """
        ...

    async def opens(self, number: str, token: str) -> bool:
        """Whether this link's token opens this parcel."""
        ...

    async def followed(self, me: Principal, number: str) -> ParcelId:
        """The parcel that the asker's link lets them follow. Errors: NotFound."""
        ...

    async def receipt(self, me: Principal, number: str) -> ReceiptFile:
        """The newest receipt. Errors: NotFound (also without the link), Unavailable (none yet)."""
        ...

    async def leaked(self, me: Principal, number: str) -> None:
        """The asker's link leaked: every link to the parcel dies, and a new one is wanted. Errors: NotFound."""
        ...

    async def wishes(self, me: Principal, number: str) -> Mapping[DataWish, int]:
        """What the asker wants done with their data and nobody has decided yet, and since when. Errors: NotFound."""
        ...

    async def wish(self, me: Principal, number: str, wish: DataWish) -> None:
        """The asker wants it; asking twice is asking once. Errors: NotFound."""
        ...

    async def changed(self, me: Principal, number: str) -> ChangedView:
        """What rates did to the asker's own parcel by themselves, and what was said of it. Errors: NotFound."""
        ...

    async def object(self, me: Principal, number: str, words: str) -> None:
        """The asker contests it. Errors: NotFound (also where nothing was done), Conflict (told before, too often)."""
        ...


@dataclass(frozen=True, slots=True)
class Entering:
    """What somebody types to come in, and the address it comes from."""

    login: str
    password: str = field(repr=False)
    address: str


@dataclass(frozen=True, slots=True)
class Entered:
    """Tokens for the browser's cookies and nobody else: its session, and that it is a known browser."""

    session: str = field(repr=False)
    browser: str = field(repr=False)


class Entrance(Protocol):
    """How staff come in and go out."""

    async def sign_in(self, typed: Entering, browser: Browser) -> Entered:
        """Open a session. Errors: Unauthenticated (wrong login or password), TooMany, Unavailable."""
        ...

    async def by_code(self, code: str, browser: Browser) -> Entered:
        """Open a session for a recovery code. Errors: Unauthenticated (no such code), TooMany."""
        ...

    async def to_provider(self, to: str, browser: Browser) -> Sent:
        """Send a browser to the carrier's own sign-in. Errors: NotFound (none is set), TooMany, Unavailable."""
        ...

    async def from_provider(self, secret: str, back: Returned, browser: Browser) -> tuple[Entered, str]:
        """Open a session for whom it recognised; and the page they wanted. Errors: those above, Unauthenticated."""
        ...

    async def reset_open(self, token: str) -> bool:
        """Whether the link to begin anew can still be used."""
        ...

    async def begin_anew(self, token: str, password: str, browser: Browser) -> Entered:
        """Use it for a new password. Errors: Unauthenticated (link used or too old), Invalid, TooMany."""
        ...

    async def sign_out(self, token: str) -> None:
        """End a session; an unknown token is no error."""
        ...

    async def setup_open(self, token: str) -> bool:
        """Whether the one-time link can still be used."""
        ...

    async def setup(self, token: str, name: str, typed: Entering) -> Entered:
        """Make the first administrator and let them in. Errors: Unauthenticated (link used or too old), Invalid."""
        ...


class OwnAccount(Protocol):
    """What somebody signed in does about their own ways in: `AccountDesk` fills this."""

    async def account(self, me: Me) -> Account:
        """All of it."""
        ...

    async def remove_passkey(self, me: Me, id: str) -> None:
        """Take one away. Errors: NotFound."""
        ...

    async def make_codes(self, me: Me) -> list[str]:
        """Ten new recovery codes, shown this once."""
        ...

    async def end_session(self, me: Me, id: str) -> None:
        """End one of one's own sessions. Errors: NotFound."""
        ...

    async def end_others(self, me: Me) -> None:
        """End all but this one."""
        ...

    async def prove_by_password(self, me: Me, password: str) -> str:
        """Show who sits there; the session's new token.

        Errors
            Unauthenticated, TooMany
            Forbidden  there is a passkey.
        """
        ...


class Secrets(Protocol):
    """How one's own password is replaced: `SignInDesk` fills this."""

    async def change_password(self, id: UserId, typed: Password, new: str) -> None:
        """Every session ends. Errors: Unauthenticated (the present one is wrong), Invalid, TooMany."""
        ...


class Cookies(Protocol):
    """How a browser is handed what proves who it is: `Guard` fills this."""

    def set_browser(self, response: Response, token: str) -> None:
        """Make it a known browser."""
        ...

    def set_session(self, response: Response, token: str) -> None:
        """Hand it a session."""
        ...

    def set_ceremony(self, response: Response, secret: str) -> None:
        """Bind it to what it has begun."""
        ...

    def clear_session(self, response: Response) -> None:
        """Take the session back."""
        ...

    def set_link(self, response: Response, number: str, token: str, *, max_age_s: int) -> None:
        """Hand it a recipient's link, for that parcel's address only."""
        ...

    def clear_link(self, response: Response, number: str) -> None:
        """Take that parcel's link back."""
        ...


class Watch(Protocol):
    """Tells when somebody may not read on."""

    def over(self, me: Principal) -> AbstractAsyncContextManager[asyncio.Event]:
        """An event that is set within a second after the asker's session or link ended, or its roles changed."""
        ...


class Feed(Protocol):
    """Tells that something moved, and nothing else: a page then asks again."""

    def moved(self, parcel: ParcelId | None) -> AsyncIterator[None]:
        """One item whenever this parcel moved; any parcel if None. Ends when the feed does."""
        ...
