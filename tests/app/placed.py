"""Places of several owners, as an installation's own desk keeps them."""

from collections.abc import Sequence

from safehand.app.installation import Installation
from safehand.kernel.ids import PartyId, PlaceId
from safehand.places.geometry import Point
from safehand.places.model import Draft, PlaceKind, details_of

HOURS = {"zone": "Europe/Helsinki", "hours": {"mon": ["08:00-18:00"]}}


async def placed(
    here: Installation, depot: PartyId, partners: Sequence[PartyId]
) -> list[tuple[PlaceId, PartyId | None]]:
    """A depot's place, a pickup point of each partner and a gate of the carrier's own: ids, and whose they are."""
    told: list[tuple[PlaceKind, PartyId | None, dict[str, int]]] = [(PlaceKind.DEPOT, depot, {})]
    told += [(PlaceKind.PICKUP_POINT, partner, {"capacity": 9}) for partner in partners]
    made = []
    async with here.store.transaction() as tx:
        for n, (kind, party, more) in enumerate([*told, (PlaceKind.GATE, None, {})]):
            details = details_of(kind, HOURS | more)
            at = Point(601_699_000, 249_384_000)
            draft = Draft(kind=kind, code=f"PLACE-{n}", name="x", shape=at, details=details, party=party)
            made.append(((await here.places.desk.add(tx, draft, "usr_x")).id, party))
    return made
