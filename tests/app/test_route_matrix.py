"""The authorisation matrix over HTTP: every route, for everybody, on every object, asked of the whole application.

What is right is the table written by hand in tests/identity/matrix.py. A new route is found here by itself; one
whose object or body cannot be guessed fails until it stands in `BODIES` of
tests/app/everybody.py. No cell is left out: they are counted.
"""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from safehand.identity.actions import KIND_OF, Action, ResourceKind
from safehand.identity.guard import declared_actions
from safehand.identity.model import PartyKind, Resource
from tests.app.everybody import OWN_PARAMETER, Asked, Me, Rig, Thing, everybody
from tests.app.sent import BODIES, QUERIES
from tests.identity.matrix import COLUMNS, TABLE
from tests.installations import a_town
from tests.servers import Database

STAFF_ONLY = re.compile(r"(GET|POST) /(|parcels.*|places.*|people.*|depots.*|exceptions.*|live|v1/live)")
"""Pages of those who sign in: no key, device or link opens one, whatever it may ask of the API."""
LINK_ONLY = re.compile(r"(GET /t/.*/leaked|(GET|POST) /t/.*/(data|changed))")
"""Questions that only a link's holder is asked."""
PARTLY = {"GET /v1/keys/unused", "GET /v1/links/wanted"}
"""Lists of those things only that somebody has to look after: here there are none."""
ONLY = {"GET /depots": PartyKind.DEPOT}
"""Lists of one kind of party: of the others none may stand there."""
KEY_ROTATES = "POST /v1/keys/{key}/rotate"
REFUSED = {"identity.sign_in_needed", "identity.not_permitted"}
type Choice = Callable[["Route", Me, list[Thing | None], int], list[Thing | None]]
MISSING = {
    ResourceKind.PARCEL: {
        "parcels.no_such_number",
        "custody.no_such_parcel",
        "surfaces.no_such_link",
        "handover.no_such_evidence",
    },
    ResourceKind.SHIPMENT: {"parcels.no_such_shipment"},
    ResourceKind.EXCEPTION: {"custody.no_such_exception"},
    ResourceKind.PARTY: {"identity.no_such_party"},
    ResourceKind.PLACE: {"places.no_such_place", "surfaces.no_such_page"},
    ResourceKind.DRIVER: {"workforce.no_such_driver"},
}
"""How each kind of thing is not there. The other kinds are nobody's."""
NOBODYS = {"identity.not_yours"}
PAGE = ""
"""Whoever looks up a number that nobody has is answered by a page, which has no code."""


def permitted(me: Me, action: Action, about: Resource | None) -> bool:
    """What the table says, by hand and without Cedar."""
    cell = TABLE[action][COLUMNS.split().index(me.column)]
    if cell == "-" or about is None:
        return cell != "-" and KIND_OF[action] is ResourceKind.CARRIER
    mine = me.party is not None
    stands = {
        "all": True,
        "held": mine and about.custodian == me.party,
        "offered": mine and about.offered_to == me.party,
        "sent": mine and about.merchant == me.party,
        "own": mine and about.party == me.party,
        "crew": about.custodian in me.crew or about.party in me.crew,
        "linked": me.linked is not None and about.id == me.linked,
        "granted": about.id in me.granted,
    }
    return any(stands[word] for word in cell.split("|"))


@pytest.fixture
async def rig(database: Database, tmp_path: Path) -> AsyncIterator[Rig]:
    async with a_town(database, tmp_path, pages=True) as town:
        yield await everybody(town)


@dataclass(frozen=True)
class Route:
    """A route with its one action."""

    name: str
    action: Action

    @property
    def kind(self) -> ResourceKind:
        """What its objects are."""
        return KIND_OF[self.action]

    @property
    def lists(self) -> bool:
        """Whether it names no object: a list answers everybody who may see anything, with what they may see."""
        named = set(re.findall(r"\{(\w+)", self.name)) & OWN_PARAMETER
        named |= {
            name for name, said in ((self.name, BODIES), (self.name, QUERIES)) if "{id}" in str(said.get(name, ""))
        }
        return self.kind is not ResourceKind.CARRIER and not named

    def admits(self, me: Me, about: Resource | None) -> bool:
        """What is right for this asker and this object."""
        if (STAFF_ONLY.fullmatch(self.name) and me.user is None) or (LINK_ONLY.fullmatch(self.name) and not me.linked):
            return False
        if self.name == KEY_ROTATES and me.column.startswith("key."):
            return False  # a key makes a successor for itself and for no other
        return permitted(me, self.action, about)

    def refuses(self, answer: Asked) -> bool:
        """Whether it was a refusal: by right, or as if there were no such thing."""
        missing = {PAGE} | MISSING.get(self.kind, NOBODYS) if self.kind is not ResourceKind.CARRIER else set()
        return answer.code in REFUSED or (answer.status == 404 and answer.code in missing)


async def of_one_object(rig: Rig, route: Route, me: Me, thing: Thing | None) -> str | None:
    """What is wrong with the answer about one object, if anything."""
    answer = await rig.ask(me, route.name, thing)
    right = route.admits(me, thing.about if thing else None)
    unread = thing is not None and answer.status == 422 and answer.code.startswith("app.")
    wrong = route.refuses(answer) is right or unread or answer.status >= 500
    said = f"{route.name} {me.column} {thing and thing.about}: {answer.status} {answer.code}, permitted: {right}"
    return said if wrong else None


async def of_a_list(rig: Rig, route: Route, me: Me, things: list[Thing]) -> list[str]:
    """The objects that stand in a list and should not, and the other way round."""
    answer = await rig.ask(me, route.name, None)
    if route.refuses(answer):
        return [f"{route.name} {me.column}: refused" for thing in things if route.admits(me, thing.about)]
    listed = {rig.parties[ONLY[route.name]]} if route.name in ONLY else {thing.id for thing in things}
    if route.name in PARTLY:
        listed = set()
    return [
        f"{route.name} {me.column} {thing.about}: {answer.status}"
        for thing in things
        if (thing.id.encode() in answer.body) is not (route.admits(me, thing.about) and thing.id in listed)
    ]


def two_of(route: Route, me: Me, things: list[Thing | None], turn: int) -> list[Thing | None]:
    """One object that the asker may have and one that it may not; others each turn, so that all come up."""
    admitted = [thing for thing in things if route.admits(me, thing.about if thing else None)]
    refused = [thing for thing in things if thing not in admitted]
    return [some[turn % len(some)] for some in (admitted, refused) if some]


async def walk(rig: Rig, chosen: Choice) -> tuple[int, list[str]]:
    """Every route asked by everybody about the chosen objects: how many answers, and what was wrong with them."""
    tested, wrong = 0, list[str]()
    await rig.sign_everybody_in()
    for turn, (name, [action]) in enumerate(sorted(declared_actions(rig.app.routes).items())):
        route = Route(name, action)
        if not name.startswith("GET"):
            await rig.sign_everybody_in()
        for me in rig.people:
            if not route.name.startswith("GET") and route.kind in {ResourceKind.PARCEL, ResourceKind.EXCEPTION}:
                await rig.as_it_was()
            if route.lists:
                wrong += await of_a_list(rig, route, me, rig.things[route.kind])
                tested += len(rig.things[route.kind])
                continue
            for thing in chosen(route, me, [*rig.things.get(route.kind, [None])], turn):
                wrong += filter(None, [await of_one_object(rig, route, me, thing)])
                tested += 1
    return tested, wrong


async def test_every_route_answers_everybody_as_the_table_says(rig: Rig) -> None:
    tested, wrong = await walk(rig, two_of)

    assert wrong == []
    assert tested > 4_000


@pytest.mark.faults
@pytest.mark.timeout(900)  # twelve thousand requests, on a machine that may be busy
async def test_every_route_answers_everybody_about_every_object_as_the_table_says(rig: Rig) -> None:
    tested, wrong = await walk(rig, lambda route, me, things, turn: things)

    assert wrong == []
    kinds = [KIND_OF[action] for [action] in declared_actions(rig.app.routes).values()]
    assert tested == len(COLUMNS.split()) * sum(len(rig.things.get(kind, [None])) for kind in kinds)
    assert tested > 4_000
