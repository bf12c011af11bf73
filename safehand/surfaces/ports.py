"""What the pages need others to fill. `app` joins these to the desks and projections.

Every method may also raise what any request may meet: Unavailable (503), and for staff Forbidden (403).
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from fastapi import Request

from safehand.events.vocabulary import ExceptionState, Resolution, State
from safehand.identity.model import Action
from safehand.kernel.ids import ExceptionId, ParcelId, PartyId, UserId
from safehand.surfaces.views import (
    CaseList,
    CaseView,
    Overview,
    ParcelList,
    ParcelView,
    PublicView,
    ReceiptFile,
    RecipientView,
    Staff,
)

type StaffDoor = Callable[[Action], Callable[[Request], Awaitable[Staff]]]
"""For an action, the dependency that lets in who may do it.

Errors
    Unauthenticated  nobody is signed in: the page becomes the way to sign in.
    Forbidden        the policies do not allow it.
"""


class CustodyPages(Protocol):
    """What staff pages read."""

    async def overview(self, viewer: Staff) -> Overview:
        """The day so far: at most OVERVIEW_ROWS_MAX of each list."""
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
        """A page of exceptions, newest first; `state` None means all that are not resolved."""
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


class TrackingPages(Protocol):
    """What `/t/NUMBER` reads. Every method costs the same whether the number exists or not."""

    async def public(self, number: str) -> PublicView | None:
        """What the number alone shows; None if no parcel has it. Errors: Malformed, Invalid."""
        ...

    async def opens(self, number: str, token: str) -> bool:
        """Whether this link's token opens this parcel."""
        ...

    async def recipient(self, number: str, token: str) -> RecipientView | None:
        """The recipient's view; None if the token does not open it, or no longer does."""
        ...

    async def receipt(self, number: str, token: str) -> ReceiptFile:
        """The newest receipt. Errors: NotFound (also without the right token), Unavailable (none yet)."""
        ...


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: the opaque token that goes into the cookie, and how long the cookie may live."""

    token: str
    max_age_s: int


class Entrance(Protocol):
    """How staff come in and go out."""

    async def sign_in(self, login: str, password: str, client: str) -> SignedIn:
        """Open a session. Errors: Unauthenticated (wrong login or password), TooMany."""
        ...

    async def sign_out(self, token: str) -> None:
        """End a session; an unknown token is no error."""
        ...

    async def setup_open(self, token: str) -> bool:
        """Whether the one-time link can still be used."""
        ...

    async def setup(self, token: str, login: str, name: str, password: str) -> SignedIn:
        """Make the first administrator. Errors: Unauthenticated or NotFound (link used or too old), Invalid."""
        ...


class Feed(Protocol):
    """Tells that something moved, and nothing else: a page then asks again."""

    def moved(self, parcel: ParcelId | None) -> AsyncIterator[None]:
        """One item whenever this parcel moved; any parcel if None. Ends when the feed is closed."""
        ...

    async def parcel_of(self, number: str, token: str) -> ParcelId | None:
        """The parcel that a recipient's link listens to; None if it opens none."""
        ...
