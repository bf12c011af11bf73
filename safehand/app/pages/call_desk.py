"""What call-centre agents do on pages: the desk of calls as the page asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from safehand.kernel.ids import ParcelId
from safehand.parcels.calls import Caller, CallsDesk, OpenCall
from safehand.surfaces.views import Staff


@dataclass(frozen=True, slots=True)
class Calls:
    """Fills `CallDesk`."""

    desk: CallsDesk

    async def verify(self, viewer: Staff, caller: Caller) -> ParcelId:
        """Open a caller's parcel."""
        return await self.desk.verify(viewer.me, caller)

    async def open_now(self, viewer: Staff) -> Sequence[OpenCall]:
        """What is open in this session."""
        return await self.desk.open_now(viewer.me)

    async def end(self, viewer: Staff, grant: str) -> None:
        """The call is over."""
        await self.desk.end(viewer.me, grant)
