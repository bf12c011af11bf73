"""The port of addresses, filled with a few cases."""

from dataclasses import dataclass, field, replace

from safehand.kernel.ids import UserId, new_id
from safehand.places.addresses.commands import Opened
from safehand.places.addresses.doubts import Case, CaseState, Consent, ConsentKind, Doubt, Lines
from safehand.places.addresses.errors import AddressCaseClosed, NoSuchAddressCase
from safehand.places.addresses.model import Hit, Kind, judged
from safehand.places.addresses.queue import CASE
from safehand.surfaces.addresses import AddressList, AddressView
from safehand.surfaces.views import Staff
from tests.surfaces import day

GIVEN = Lines(street="Kaivokaut <1>", postal_code="00100", city="Helsinki", country="FI")
RIGHT = replace(GIVEN, street="Kaivokatu 1")
HIT = Hit(
    kind=Kind.HOUSE, street="Kaivokatu", number="1", postal_code="00100", city="Helsinki", country="FI",
    lat_e7=601_707_000, lon_e7=249_408_000, radius_m=15, score=0.95, slipped=True,
)  # fmt: skip


def _case(doubt: Doubt, at_ms: int) -> Case:
    return Case(
        id=new_id(CASE, at_ms), person="per_x", parcel=day.BOX, body="bdy_x", doubt=doubt, confidence_pct=92,
        state=CaseState.OPEN, opened_ms=at_ms, closed_ms=None, closed_by=None, consent=None, corrected=None,
    )  # fmt: skip


OPEN = _case(Doubt.UNDELIVERABLE, day.NOW_MS - 1_000)
CLOSED = replace(
    _case(Doubt.LOW_CONFIDENCE, day.NOW_MS),
    state=CaseState.CORRECTED,
    closed_ms=day.NOW_MS,
    closed_by=UserId(day.RITVA),
    consent=Consent(ConsentKind.CALL, "grant-7"),
    corrected="bdy_y",
)


@dataclass
class Addresses:
    """Cases in memory; what was decided is noted."""

    by_id: dict[str, Case] = field(default_factory=lambda: {one.id: one for one in (OPEN, CLOSED)})
    said: list[tuple[object, ...]] = field(default_factory=list)

    async def cases(self, viewer: Staff, state: CaseState, after: str) -> AddressList:
        rows = tuple(one for one in self.by_id.values() if one.state is state)
        counts = {state: sum(one.state is state for one in self.by_id.values()) for state in CaseState}
        return AddressList(rows=rows, counts=counts, more=rows[-1].id if rows and not after else "")

    async def case(self, viewer: Staff, id: str) -> AddressView:
        if id not in self.by_id:
            raise NoSuchAddressCase(id)
        case = self.by_id[id]
        opened = Opened(case, GIVEN, RIGHT if case.corrected else None, judged(HIT, ambiguous=True))
        return AddressView(opened=opened, correctable=case.state is CaseState.OPEN)

    async def correct(self, viewer: Staff, id: str, after: Lines, consent: Consent) -> None:
        self._decide("correct", id, after, consent)

    async def dismiss(self, viewer: Staff, id: str) -> None:
        self._decide("dismiss", id)

    def _decide(self, what: str, id: str, *said: object) -> None:
        if self.by_id[id].state is not CaseState.OPEN:
            raise AddressCaseClosed(id, self.by_id[id].state.value)
        self.said.append((what, id, *said))
