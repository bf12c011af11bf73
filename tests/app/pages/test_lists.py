"""A parcel's exceptions are counted for whoever may see them, also where the parcel itself is in the list."""

from datetime import date

from safehand.app.pages.lists import rows_of
from safehand.custody.overview import Standing
from safehand.events.vocabulary import State
from safehand.identity.actions import Action
from safehand.identity.model import Role
from safehand.kernel.ids import PARCEL, ParcelId, PartyId, new_id
from tests.app.pages.scene import Scene


def standing(scene: Scene, custodian: PartyId) -> Standing:
    return Standing(
        parcel=ParcelId(new_id(PARCEL, 1)),
        tracking="SH1",
        merchant=scene.merchant,
        custodian=custodian,
        state=State.LOADED,
        reason=None,
        since_ms=1,
        promised_on=date(2026, 3, 2),
        exceptions=2,
    )


async def counted(scene: Scene, login: str, role: Role, party: PartyId | None = None) -> list[int]:
    viewer = await scene.viewer(login, role, party=party)
    cases = scene.custody.guard.reach(viewer.me, Action.EXCEPTION_READ)
    return [row.exceptions for row in rows_of(cases, [standing(scene, scene.depot), standing(scene, scene.driver)])]


async def test_exceptions_are_counted_where_they_may_be_seen(scene: Scene) -> None:
    assert await counted(scene, "clara", Role.CLAIMS) == [2, 2]
    assert await counted(scene, "gate", Role.DEPOT, scene.depot) == [2, 0]
    assert await counted(scene, "shop", Role.MERCHANT_USER, scene.merchant) == [0, 0]
