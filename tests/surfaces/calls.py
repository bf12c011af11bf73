"""The port of calls, filled with one caller."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from safehand.identity.errors import NotYours
from safehand.identity.grants import GRANT_MS, CallReason, Grant
from safehand.kernel.ids import ParcelId
from safehand.parcels.calls import Caller, OpenCall
from safehand.parcels.errors import CallerUnverified
from safehand.surfaces.views import Staff
from tests.surfaces import day

OPEN = OpenCall(
    Grant(
        id="cgr_1",
        parcel=day.BOX,
        reason=CallReason.WHERE_IS_IT,
        made_ms=day.NOW_MS,
        expires_ms=day.NOW_MS + GRANT_MS,
    ),
    day.BOX_NUMBERS.tracking,
)


@dataclass
class Calls:
    """One caller, whose name is Eeva."""

    open: list[OpenCall] = field(default_factory=lambda: [OPEN])

    async def verify(self, viewer: Staff, caller: Caller) -> ParcelId:
        if caller.name != "Eeva":
            raise CallerUnverified
        return day.BOX

    async def open_now(self, viewer: Staff) -> Sequence[OpenCall]:
        return self.open

    async def end(self, viewer: Staff, grant: str) -> None:
        if grant not in {call.grant.id for call in self.open}:
            raise NotYours
        self.open = [call for call in self.open if call.grant.id != grant]
