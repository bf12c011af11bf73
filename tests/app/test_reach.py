"""Every list holds exactly the rows that the policies permit one by one: for everybody, in any world.

The database answers through each list's own statement, Cedar is asked about each row, and beside the law stand the
faults that it must notice.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from safehand.custody import exceptions, overview
from safehand.events.vocabulary import ExceptionKind, ExceptionState, State
from safehand.identity.actions import Action
from safehand.identity.devices import Devices
from safehand.identity.model import PARTY_OF_ROLE, PartyKind, Principal, PrincipalKind, Resource, Role
from safehand.identity.parties import Parties
from safehand.identity.policy import Policies, load_policies, policies_text
from safehand.identity.reach import Reach, Tie, reach_of
from safehand.identity.users import NewUser, Users
from safehand.kernel.clock import HandClock
from safehand.kernel.ids import (
    DEVICE,
    EXCEPTION,
    PARCEL,
    PARTY,
    PERSON,
    PLACE,
    SHIPMENT,
    DeviceId,
    ExceptionId,
    ParcelId,
    PartyId,
    new_id,
)
from safehand.places.places import Places, Which
from safehand.store.database import Store, Tx
from safehand.vault.key_folder import HeldKeys
from safehand.vault.master import MasterKey
from safehand.vault.vault import Vault
from tests.app.reach_worlds import HOLDERS, Sent, World, worlds
from tests.asvs import asvs
from tests.identity.matrix import COLUMNS
from tests.identity.test_matrix import asker
from tests.servers import Database

VAULT = Vault.of(HeldKeys.of(MasterKey.of(bytes(range(32)))), HandClock())
POLICIES = load_policies()
OF_COLUMN = {role.value: kind for role, kind in PARTY_OF_ROLE.items()} | {
    "key.read": PartyKind.MERCHANT,
    "key.ship": PartyKind.MERCHANT,
}

OF_DRIVERS = (Action.AUTHORITY_READ, Action.DRIVER_READ, Action.SHIFT_READ)

type Judge = Callable[[Policies, Principal, Action], Reach]


class Undone(Exception):
    """Ends a world: nothing of it stays in the database."""


@dataclass
class Built:
    """The world in the database."""

    parties: dict[tuple[PartyKind, int], PartyId]
    crews: dict[PartyId, frozenset[PartyId]]
    users: list[Resource]
    parcels: list[Resource] = field(default_factory=list)
    cases: list[Resource] = field(default_factory=list)
    devices: list[Resource] = field(default_factory=list)
    places: list[Resource] = field(default_factory=list)

    @property
    def known(self) -> list[Resource]:
        """The parties as things to ask for."""
        return [Resource.of_party(party) for party in self.parties.values()]

    @property
    def drivers(self) -> list[Resource]:
        """The drivers' records."""
        return [Resource.of_driver(self.parties[PartyKind.DRIVER, n]) for n in (0, 1)]


async def build(tx: Tx, world: World, users: list[Resource]) -> Built:
    parties = {holder: PartyId(new_id(PARTY, 1)) for holder in HOLDERS}
    works_for = {
        parties[PartyKind.DRIVER, n]: parties[PartyKind.SUBCONTRACTOR, employer]
        for n, employer in enumerate(world.employers)
        if employer is not None
    }
    for (kind, _), party in sorted(parties.items(), key=lambda entry: entry[0][0] is PartyKind.DRIVER):
        await tx.run(
            "INSERT INTO parties (id, kind, name, made_ms, employer) VALUES ($1, $2, 'x', 1, $3)",
            party,
            kind,
            works_for.get(party),
        )
    bosses = [parties[PartyKind.SUBCONTRACTOR, n] for n in (0, 1)]
    crews = {boss: frozenset({boss, *(one for one, of in works_for.items() if of == boss)}) for boss in bosses}
    built = Built(parties, crews, users)
    for n, sent in enumerate(world.parcels):
        await _sent(tx, built, sent, n)
    for holder in world.devices:
        id = DeviceId(new_id(DEVICE, 1))
        await tx.run(
            "INSERT INTO devices (id, party, label, public_key, enrolled_by, enrolled_ms)"
            " VALUES ($1, $2, 'x', $3, $4, 1)",
            id,
            parties[holder],
            b"\x04" + id.encode().ljust(64, b"."),
            users[0].id,
        )
        built.devices.append(Resource.of_device(id, party=parties[holder]))
    for owner in (*world.devices, None):
        await _placed(tx, built, parties[owner] if owner else None)
    return built


async def _placed(tx: Tx, built: Built, party: PartyId | None) -> None:
    """A gate, which stands somewhere; whoever may have one."""
    id = new_id(PLACE, 1)
    await tx.run("INSERT INTO places VALUES ($1, $1, 'gate', $2, NULL, NULL, 1, 'x')", id, party)
    await tx.run(
        "INSERT INTO place_versions VALUES ($1, 1, 1, 1, 'x', 'x', NULL, $2::jsonb, false)",
        id,
        '{"zone": "UTC", "hours": {}}',
    )
    built.places.append(Resource.of_place(id, party=party))


async def _sent(tx: Tx, built: Built, sent: Sent, n: int) -> None:
    parcel, shipment = ParcelId(new_id(PARCEL, 1)), new_id(SHIPMENT, 1)
    merchant = built.parties[PartyKind.MERCHANT, sent.merchant]
    person = PartyId(new_id(PERSON, 1))
    custodian = built.parties[sent.custodian] if sent.custodian else person
    offered = [built.parties[holder] for holder in sent.offered]
    await tx.run(
        "INSERT INTO shipments VALUES ($1, $2, $3, NULL, 'standard', $4, 'x', 1)",
        shipment,
        merchant,
        person,
        date(2026, 3, 2),
    )
    await tx.run(
        "INSERT INTO parcels (parcel, shipment, sscc, s10, tracking, sealed, weight_g, contents)"
        " VALUES ($1, $2, $1, $1, $1, false, 1, 'x')",
        parcel,
        shipment,
    )
    await tx.run("INSERT INTO heads (stream, version, state) VALUES ($1, 1, '')", parcel)
    await tx.run(
        "INSERT INTO holdings (parcel, custodian, since_ms, state, state_ms, merchant, recipient, seq, offered_to)"
        " VALUES ($1, $2, 1, $3, 1, $4, $5, $6, $7)",
        parcel,
        custodian,
        State.LOADED,
        merchant,
        person,
        n + 1,
        offered,
    )
    nobody: list[PartyId | None] = [None]
    for to in offered or nobody:  # Cedar is told of one offer at a time: that to the asker
        built.parcels.append(Resource.parcel(parcel, merchant=merchant, custodian=custodian, offered_to=to))
    for _ in range(sent.cases):
        case = ExceptionId(new_id(EXCEPTION, 1))
        await tx.run(
            "INSERT INTO exceptions (exception, parcel, kind, state, opened_ms, seq) VALUES ($1, $2, $3, $4, 1, 1)",
            case,
            parcel,
            ExceptionKind.REPORTED,
            ExceptionState.OPEN,
        )
        built.cases.append(Resource.exception(case, merchant=merchant, custodian=custodian))


def everybody(built: Built) -> Iterator[Principal]:
    """Somebody of each column of the matrix for each party that there may be behind them."""
    for column in COLUMNS.split():
        me = asker(column)
        if me.kind is PrincipalKind.RECIPIENT:
            yield replace(me, parcel=ParcelId(built.parcels[0].id))
            continue
        if me.granted:
            yield replace(me, party=None, granted=frozenset(ParcelId(one.id) for one in built.parcels[:2]))
            yield replace(me, party=None, granted=frozenset())
            continue
        kind = me.party_kind or OF_COLUMN.get(column)
        for n in (0, 1) if kind else ():
            party = built.parties[kind, n]  # type: ignore[index]
            yield replace(me, party=party, crew=built.crews.get(party, frozenset()))
        if kind is None:
            yield replace(me, party=None)
    both = replace(asker("depot"), roles=frozenset({Role.DEPOT, Role.DRIVER}))
    yield replace(both, party=built.parties[PartyKind.DEPOT, 0])


async def listed(tx: Tx, reach: Callable[[Action], Reach]) -> dict[Action, set[str]]:
    """The ids in each list, asked for as routes and pages ask."""
    parties, users, devices = Parties(VAULT), Users(VAULT, Parties(VAULT)), Devices(VAULT)
    cases = reach(Action.EXCEPTION_READ)
    shown = {row.exception for row in (await overview.cases(tx, cases)).rows}
    assert {row.exception for row in (await exceptions.listed(tx, cases, None)).rows} == shown
    assert sum((await overview.case_counts(tx, cases)).values()) == len(shown)
    return {
        Action.PARTY_READ: {row.id for row in (await parties.page(tx, only=reach(Action.PARTY_READ).parties)).rows},
        **{
            action: {row.id for row in (await parties.page(tx, PartyKind.DRIVER, only=reach(action).parties)).rows}
            for action in OF_DRIVERS
        },
        Action.USER_READ: {row.id for row in (await users.page(tx, only=reach(Action.USER_READ).parties)).rows},
        Action.DEVICE_READ: {row.id for row in (await devices.page(tx, reach(Action.DEVICE_READ).parties)).rows},
        Action.PLACE_READ: {row.id for row in (await Places().page(tx, reach(Action.PLACE_READ), Which(), 2)).rows},
        Action.PARCEL_READ: {row.parcel for row in (await overview.latest(tx, reach(Action.PARCEL_READ), None)).rows},
        Action.EXCEPTION_READ: {str(id) for id in shown},
    }


def permitted(policies: Policies, built: Built, me: Principal) -> dict[Action, set[str]]:
    """What Cedar says of each thing."""
    things = {
        Action.PARTY_READ: built.known,
        **dict.fromkeys(OF_DRIVERS, built.drivers),
        Action.USER_READ: built.users,
        Action.DEVICE_READ: built.devices,
        Action.PLACE_READ: built.places,
        Action.PARCEL_READ: built.parcels,
        Action.EXCEPTION_READ: built.cases,
    }
    return {
        action: {thing.id for thing in some if policies.permits(me, action, thing)} for action, some in things.items()
    }


ROW_BY_ROW = (Action.PARCEL_READ_PRIVATE, Action.CUSTODY_READ, Action.LABEL_READ, Action.EVIDENCE_READ)


async def disagreements(tx: Tx, built: Built, policies: Policies, judge: Judge) -> list[object]:
    """Where lists and policies differ, or a reach and the policies row by row; of the first who is wronged."""
    wrong: list[object] = []
    for me in everybody(built):
        if wrong:
            break
        rows = await listed(tx, lambda action, me=me: judge(policies, me, action))  # type: ignore[misc]
        right = permitted(policies, built, me)
        wrong += [(me, action) for action in rows if rows[action] != right[action]]
        for action in ROW_BY_ROW:
            reach = judge(policies, me, action)
            wrong += [
                (me, action, thing)
                for thing in built.parcels
                if reach.admits(thing) is not policies.permits(me, action, thing)
            ]
    return wrong


@dataclass
class Bench:
    """A database that forgets each world, and an event loop."""

    store: Store
    runner: asyncio.Runner
    users: list[Resource]

    def judged(self, world: World, policies: Policies = POLICIES, judge: Judge = reach_of) -> list[object]:
        """What disagrees in this world."""
        return self.runner.run(self._judged(world, policies, judge))

    async def _judged(self, world: World, policies: Policies, judge: Judge) -> list[object]:
        wrong: list[object] = []
        try:
            async with self.store.transaction() as tx:
                wrong = await disagreements(tx, await build(tx, world, self.users), policies, judge)
                raise Undone
        except Undone:
            return wrong


async def _staff(store: Store) -> list[Resource]:
    async with store.transaction() as tx:
        await VAULT.check(tx)
        users = Users(VAULT, Parties(VAULT))
        made = []
        for login in ("ana", "ben"):
            new = NewUser(login=login, name="Ana", password_hash="x", roles=frozenset({Role.ADMIN}))
            made.append(Resource.of_user(await users.create(tx, new, 1), party=None))
    return made


@pytest.fixture
def bench(clone: Database) -> Iterator[Bench]:
    with asyncio.Runner() as runner:
        store = clone.store()
        yield Bench(store, runner, runner.run(_staff(store)))
        runner.run(clone.close())


FAST = settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a world is small as it is
)


@asvs("8.2.2", "8.4.1")
@FAST
@given(world=worlds())
def test_every_list_holds_the_rows_that_the_policies_permit(bench: Bench, world: World) -> None:
    assert bench.judged(world) == []


EVERY_WAY = World(
    employers=(0, None),
    parcels=(
        Sent(0, (PartyKind.MERCHANT, 0), frozenset({(PartyKind.PARTNER, 0), (PartyKind.DRIVER, 1)}), 1),
        Sent(0, (PartyKind.DRIVER, 0), frozenset(), 1),
        Sent(1, (PartyKind.DEPOT, 0), frozenset({(PartyKind.PARTNER, 1)}), 2),
        Sent(1, (PartyKind.PARTNER, 0), frozenset(), 1),
        Sent(1, None, frozenset(), 0),
    ),
    devices=((PartyKind.DRIVER, 0), (PartyKind.DEPOT, 1), (PartyKind.SUBCONTRACTOR, 0), (PartyKind.PARTNER, 0)),
)
"""A world in which each tie connects somebody with something."""


def _without(tie: Tie) -> Judge:
    def judge(policies: Policies, me: Principal, action: Action) -> Reach:
        reach = reach_of(policies, me, action)
        return replace(reach, ties={kept: names for kept, names in reach.ties.items() if kept is not tie})

    return judge


def _own_party_only(policies: Policies, me: Principal, action: Action) -> Reach:
    return reach_of(policies, replace(me, crew=frozenset({me.party}) if me.party and me.crew else me.crew), action)


def _merchant_as_custodian(policies: Policies, me: Principal, action: Action) -> Reach:
    reach = reach_of(policies, me, action)
    swapped = {Tie.MERCHANT: Tie.CUSTODIAN, Tie.CUSTODIAN: Tie.MERCHANT}
    return replace(reach, ties={swapped.get(tie, tie): names for tie, names in reach.ties.items()})


def _everything_for_whoever_sees_anything(policies: Policies, me: Principal, action: Action) -> Reach:
    reach = reach_of(policies, me, action)
    return Reach(everything=not reach.nothing)


MUTANTS: dict[str, Judge] = {
    **{f"forgets {tie}": _without(tie) for tie in Tie},
    "forgets the crew": _own_party_only,
    "takes the sender for the holder": _merchant_as_custodian,
    "shows all": _everything_for_whoever_sees_anything,
}


def test_each_planted_fault_of_the_filter_is_noticed(bench: Bench) -> None:
    assert bench.judged(EVERY_WAY) == []
    assert [name for name, judge in MUTANTS.items() if not bench.judged(EVERY_WAY, judge=judge)] == []


def test_a_policy_that_no_row_filter_can_say_is_noticed(bench: Bench) -> None:
    """A filter is a sum of ties. A policy that asks for two at once, or for the lack of one, breaks the law."""
    held = "resource has custodian && resource.custodian == principal.party"
    sent = 'principal.roles.contains("merchant_user") && principal has party && resource.merchant == principal.party'
    both = policies_text().replace(sent, f"{sent} && {held}", 1)
    assert both != policies_text()
    assert bench.judged(EVERY_WAY, Policies.of(both)) != []
