"""Rows are judged one by one, whatever the query that found them had in mind."""

from safehand.app.pages.lists import Reach
from safehand.custody.overview import Case
from safehand.events.vocabulary import ExceptionKind, ExceptionState
from safehand.identity.model import Role
from safehand.kernel.ids import EXCEPTION, PARCEL, ExceptionId, ParcelId, PartyId, new_id
from tests.app.pages.scene import Scene


def a_case(scene: Scene, custodian: PartyId | None) -> Case:
    return Case(
        exception=ExceptionId(new_id(EXCEPTION, 1)),
        parcel=ParcelId(new_id(PARCEL, 1)),
        tracking="SH1",
        merchant=scene.merchant,
        custodian=custodian,
        kind=ExceptionKind.FORK,
        state=ExceptionState.OPEN,
        owner=None,
        recorded=None,
        told=None,
        opened_ms=1,
    )


async def test_an_exception_that_is_not_the_depots_is_left_out_of_its_rows(scene: Scene) -> None:
    gate = await scene.viewer("gate", Role.DEPOT, party=scene.depot)
    reach = Reach(scene.custody.guard, gate.me)
    theirs, others, nobodys = [a_case(scene, party) for party in (scene.depot, scene.driver, None)]

    seen = reach.cases([theirs, others, nobodys])

    assert [case.exception for case in seen] == [theirs.exception]
    assert (reach.has_cases, reach.held_by) == (True, scene.depot)


async def test_the_office_is_confined_to_nobodys_parcels(scene: Scene) -> None:
    clara = await scene.viewer("clara", Role.CLAIMS)

    reach = Reach(scene.custody.guard, clara.me)

    assert (reach.has_cases, reach.held_by) == (True, None)
    assert len(reach.cases([a_case(scene, scene.driver), a_case(scene, None)])) == 2
