"""One installation: somebody of each column of the matrix, and things that stand to them in every way."""

import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import FastAPI

from safehand.app.installation import Installation
from safehand.custody.head import Head, Offer, encode_head
from safehand.events.statement import FIRST_AFTER, Reported
from safehand.events.vocabulary import State, Way
from safehand.identity.account import Me as Signed
from safehand.identity.actions import ResourceKind
from safehand.identity.clones import AlarmKind
from safehand.identity.commands import NewKey
from safehand.identity.grants import CallReason, Grants, Verified
from safehand.identity.keys import KeyWish
from safehand.identity.links import NewLink
from safehand.identity.model import PARTY_OF_ROLE, PartyKind, Resource, Role, Scope
from safehand.identity.sessions import Opening
from safehand.identity.users import NewUser
from safehand.identity.wire import request_bytes
from safehand.kernel.clock import SystemClock
from safehand.kernel.ids import DeviceId, ExceptionId, ParcelId, PartyId, PersonId, UserId, new_id
from safehand.labels.numbers import new_tracking
from safehand.store.database import Tx
from tests.app.placed import placed
from tests.app.sent import BODIES, QUERIES, ZEROS
from tests.identity.matrix import COLUMNS
from tests.identity.test_matrix import asker
from tests.installations import ORIGIN, Phone, Town
from tests.rooms import b64url, es256

OWN_PARAMETER = {
    "parcel",
    "number",
    "exception",
    "shipment",
    "merchant",
    "subcontractor",
    "user",
    "key",
    "device",
    "driver",
    "alarm",
    "place",
    "depot",
}
PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
PICTURE_HASH = hashlib.sha256(PICTURE).hexdigest()


@dataclass(frozen=True)
class Thing:
    """An object, by what it is called in an address, and what the table needs to know of it; None if there is none."""

    id: str
    number: str
    about: Resource | None


@dataclass(frozen=True)
class Me:
    """Who asks: the party behind, the crew, the link's parcel, and the way to prove it."""

    column: str
    party: PartyId | None
    crew: frozenset[PartyId] = frozenset()
    linked: ParcelId | None = None
    granted: frozenset[str] = frozenset()
    user: UserId | None = None
    phone: Phone | None = None
    bearer: str | None = None


@dataclass
class Asked:
    """One answer."""

    status: int = 0
    code: str = ""
    body: bytes = b""


@dataclass
class Rig:
    """One installation with somebody of each column and something of each kind that stands to them in every way."""

    town: Town
    app: FastAPI
    parties: dict[str, PartyId] = field(default_factory=dict)
    things: dict[ResourceKind, list[Thing]] = field(default_factory=dict)
    people: list[Me] = field(default_factory=list)
    sessions: dict[UserId, str] = field(default_factory=dict)
    heads: dict[ParcelId, bytes] = field(default_factory=dict)
    owner: str = ""
    addresses: Iterator[int] = field(default_factory=itertools.count)
    """Each request comes from another, as nobody is to be slowed down for what somebody else looked up."""

    def credentials(self, me: Me, method: str, path: str, body: bytes) -> dict[str, str]:
        """Headers that say who asks; of each route with a new session, as one may have ended the last."""
        if me.bearer is not None:
            return {"authorization": f"Bearer {me.bearer}"}
        if me.phone is not None:
            now_ms = SystemClock().now_ms()
            signature = b64url(es256(me.phone.key, request_bytes(method, path.encode(), now_ms, body)))
            return {"authorization": f"Safehand-Device id={me.phone.device}, at={now_ms}, signature={signature}"}
        if me.user is None:
            return {}
        return {"cookie": f"safehand_session={self.sessions[me.user]}"}

    async def sign_everybody_in(self) -> None:
        """A new session for each person: a route may have ended the one before."""
        here = self.town.here
        async with here.store.transaction() as tx:
            for me in self.people:
                if me.user is not None:
                    now_ms = here.clock.now_ms()
                    token = self.sessions[me.user] = await here.identity.sessions.open(tx, me.user, Opening(), now_ms)
                    for parcel in me.granted:
                        await _granted(here, tx, token, parcel)

    async def as_it_was(self) -> None:
        """Where each parcel stands, and what is open about it, as nobody has decided anything."""
        async with self.town.here.store.transaction() as tx:
            for parcel, state in self.heads.items():
                await tx.run("UPDATE heads SET state = $2 WHERE stream = $1 AND state <> $2", parcel, state)

    async def ask(self, me: Me, route: str, thing: Thing | None) -> Asked:
        """A request, straight to the application: whoever listens for long is taken to have hung up."""
        if me.linked is not None:  # others have revoked the link before
            me = await _recipient(self)
        method, _, template = route.partition(" ")
        path = re.sub(r"\{(\w+)(?::path)?\}", lambda hit: _filled(hit[1], thing), template)
        said = json.dumps(BODIES.get(route, {})).replace("{owner}", self.owner)
        said = said.replace("{id}", thing.id if thing else "")
        body = said.encode()
        target = path + QUERIES.get(route, "").replace("{id}", thing.id if thing else "")
        if method in {"GET", "DELETE"}:
            body = b""
        form = not path.startswith("/v1/")
        if form and body:
            body = "&".join(f"{key}={value}" for key, value in json.loads(said).items()).encode()
        headers = {
            "host": "safehand.test",
            "origin": ORIGIN,
            "accept": "application/json",
            "content-type": "application/x-www-form-urlencoded" if form else "application/json",
            "content-length": str(len(body)),
        } | self.credentials(me, method, target, body)
        n = next(self.addresses)
        return await _straight(self.app, f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", method, target, headers, body)


def _filled(parameter: str, thing: Thing | None) -> str:
    if parameter == "sha256":
        return PICTURE_HASH
    if parameter == "day":
        return "2026-12-24"
    if thing is None or parameter not in OWN_PARAMETER:
        return "x"
    return thing.number if parameter in {"number", "alarm"} else thing.id


async def _straight(
    app: FastAPI, address: str, method: str, target: str, headers: dict[str, str], body: bytes
) -> Asked:
    answer, sent = Asked(), False
    path, _, query = target.partition("?")

    async def receive() -> dict[str, object]:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
        else:
            answer.body += message.get("body", b"")

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": (address, 50_000),
        "server": ("safehand.test", 80),
        "state": {},
    }
    await app(scope, receive, send)
    if answer.status >= 400 and answer.body[:1] == b"{":
        answer.code = json.loads(answer.body).get("code", "")
    return answer


async def everybody(town: Town) -> Rig:
    """The installation with all of them in it."""
    rig = Rig(town, town.app)
    await _parties(rig)
    await _parcels(rig)
    await _belongings(rig)
    await _places(rig)
    await _people(rig)
    return rig


async def _parties(rig: Rig) -> None:
    town = rig.town
    for kind in (PartyKind.DEPOT, PartyKind.DRIVER, PartyKind.PARTNER, PartyKind.SUBCONTRACTOR):
        rig.parties[kind] = await town.party(kind, f"The {kind}")
    rig.parties["other"] = await town.party("driver", "Other")
    made = await town.told("POST", f"/v1/subcontractors/{rig.parties['subcontractor']}/drivers", json={"name": "Mate"})
    rig.parties["mate"] = PartyId(made["party"])
    rig.parties["merchant"], _ = await town.merchant("Mine")
    rig.parties["shop"], _ = await town.merchant("Theirs")


async def _parcels(rig: Rig) -> None:
    """Parcels that stand to each party in each way; an exception about each; their shipments."""
    town, parcels, cases, shipments = rig.town, [], [], []
    holders = ("merchant", "depot", "driver", "partner", "mate", "other", "other")
    offered = (None, None, "partner", "merchant", None, "subcontractor", None)
    senders = ("merchant", "merchant", "shop", "shop", "shop", "shop", "merchant")
    phone = await town.phone(rig.parties["depot"])
    for n, (sender, holder, to) in enumerate(zip(senders, holders, offered, strict=True)):
        merchant = rig.parties[sender]
        key = await town.told("POST", f"/v1/merchants/{merchant}/keys", json={"label": f"k{n}"})
        made = await town.shipment({"Authorization": f"Bearer {key['key']}"}, f"s{n}")
        [one] = made["parcels"]
        said = Reported(**phone.next(), parcel=one["parcel"], party=phone.party, state=State.DAMAGED)
        [answer] = (await phone.tell(phone.item(said))).json()["answers"]
        [opened] = answer["exceptions"]
        await _handed(rig, one["parcel"], rig.parties[holder], rig.parties[to] if to else None)
        at = {"merchant": merchant, "custodian": rig.parties[holder]}
        sent = {"Safehand-Parcel": one["parcel"], "Content-Type": "image/png"}
        await phone.send("PUT", f"/v1/evidence/{PICTURE_HASH}", PICTURE, **sent)
        about = Resource.parcel(one["parcel"], **at, offered_to=rig.parties[to] if to else None)
        parcels.append(Thing(one["parcel"], one["tracking"], about))
        cases.append(Thing(opened["id"], opened["id"], Resource.exception(ExceptionId(opened["id"]), **at)))
        shipments.append(Thing(made["shipment"], "", Resource.shipment(made["shipment"], merchant=merchant)))
    await rig.as_it_was()
    await town.settle()
    rig.things[ResourceKind.PARCEL] = [*parcels, Thing(f"pcl_{ZEROS}", new_tracking(), None)]
    rig.things[ResourceKind.EXCEPTION] = [*cases, Thing(f"exc_{ZEROS}", f"exc_{ZEROS}", None)]
    rig.things[ResourceKind.SHIPMENT] = [shipments[0], shipments[2], Thing(f"shp_{ZEROS}", "", None)]


async def _handed(rig: Rig, parcel: ParcelId, custodian: PartyId, to: PartyId | None) -> None:
    """As if it had been handed over: the head says who holds it and to whom it is offered."""
    here = rig.town.here
    async with here.store.transaction() as tx:
        head: Head = replace(await here.reader.head(tx, parcel), custodian=custodian)
        if to is not None:
            offer = _offer(head, custodian, to)
            head = replace(head, offers={offer.handover: offer})
    rig.heads[parcel] = encode_head(head)


def _offer(head: Head, giver: PartyId, taker: PartyId) -> Any:
    return Offer(
        handover="a" * 64, after=FIRST_AFTER, giver=giver, taker=taker, way=Way.DEVICES, halves=(), accepted=False
    )


async def _belongings(rig: Rig) -> None:
    """Parties, and a device, a key and a user of theirs for whoever may take them away."""
    town, admin = rig.town, await _user(rig, "boss", Role.ADMIN, None)
    keys, devices = [], []
    for name in ("merchant", "shop"):
        id = (await _key(rig, name, frozenset({Scope.READ}), admin)).id
        keys.append(Thing(id, "", Resource.key(id, party=rig.parties[name])))
    for party in rig.parties.values():
        phone = await town.phone(party)
        alarm = await _alarm(rig, phone.device)
        devices.append(Thing(phone.device, alarm, Resource.of_device(phone.device, party=party)))
    rig.owner = admin
    victim = await _user(rig, "victim", Role.CLAIMS, None)
    rig.things[ResourceKind.PARTY] = [
        *(Thing(party, "", Resource.of_party(party)) for party in rig.parties.values()),
        Thing(f"pty_{ZEROS}", "", None),
    ]
    rig.things[ResourceKind.DRIVER] = [
        *(Thing(rig.parties[name], "", Resource.of_driver(rig.parties[name])) for name in ("driver", "mate", "other")),
        Thing(f"pty_{ZEROS}", "", None),
    ]
    rig.things[ResourceKind.KEY] = [*keys, Thing(f"key_{ZEROS}", "", None)]
    rig.things[ResourceKind.DEVICE] = [*devices, Thing(f"dev_{ZEROS}", f"alm_{ZEROS}", None)]
    rig.things[ResourceKind.USER] = [
        Thing(victim, "", Resource.of_user(victim, party=None)),
        Thing(f"usr_{ZEROS}", "", None),
    ]


async def _places(rig: Rig) -> None:
    """A place of the depot, one of each of two partners, and one that is the carrier's own."""
    other = await rig.town.party(PartyKind.PARTNER, "Other corner shop")
    made = await placed(rig.town.here, rig.parties["depot"], [rig.parties["partner"], other])
    things = [Thing(id, "", Resource.of_place(id, party=party)) for id, party in made]
    rig.things[ResourceKind.PLACE] = [*things, Thing(f"plc_{ZEROS}", "", None)]


async def _alarm(rig: Rig, device: DeviceId) -> str:
    """An alarm about a device, as if it had spoken from two places."""
    id = new_id("alm", SystemClock().now_ms())
    async with rig.town.here.store.transaction() as tx:
        await tx.run("INSERT INTO device_alarms VALUES ($1, $2, $3, 1, 1, 1)", id, device, next(iter(AlarmKind)).value)
    return id


async def _key(rig: Rig, name: str, scopes: frozenset[Scope], by: UserId) -> NewKey:
    staff = rig.town.here.identity.staff
    return await staff.make_key(await staff.party(rig.parties[name]), KeyWish("till", scopes), by)


async def _user(rig: Rig, login: str, role: Role, party: PartyId | None) -> UserId:
    here = rig.town.here
    new = NewUser(login=login, name=login, password_hash="none", roles=frozenset({role}), party=party)
    async with here.store.transaction() as tx:
        return await here.identity.users.create(tx, new, here.clock.now_ms())


async def _granted(here: Installation, tx: Tx, token: str, parcel: str) -> None:
    """As if the caller whose parcel it is had been verified in this session."""
    now_ms, grants = here.clock.now_ms(), Grants()
    found = await here.identity.sessions.find(tx, token, now_ms)
    assert found is not None
    me = Signed.of(found)
    attempt = await grants.attempt(tx, me.user, parcel, now_ms)
    person = PersonId((await here.reader.head(tx, parcel)).recipient)
    verified = Verified(
        agent=me.user, session=me.session, parcel=ParcelId(parcel), person=person, reason=CallReason.OTHER
    )
    await grants.give(tx, attempt, verified, now_ms)


async def _people(rig: Rig) -> None:
    boss = await _user(rig, "keeper", Role.ADMIN, None)
    crew = frozenset({rig.parties["subcontractor"], rig.parties["mate"]})
    for n, column in enumerate(COLUMNS.split()):
        kind, _, part = column.partition(".")
        if kind == "key":
            key = (await _key(rig, "merchant", asker(column).scopes, boss)).key
            rig.people.append(Me(column, rig.parties["merchant"], bearer=key))
        elif kind == "device":
            rig.people.append(Me(column, rig.parties[part], phone=await rig.town.phone(rig.parties[part])))
        elif column == "recipient":
            rig.people.append(await _recipient(rig))
        elif column == "anonymous":
            rig.people.append(Me(column, None))
        else:
            role = Role(column)
            at = rig.parties[PARTY_OF_ROLE[role]] if role in PARTY_OF_ROLE else None
            user = await _user(rig, f"asker{n}", role, at)
            granted = frozenset({rig.things[ResourceKind.PARCEL][1].id}) if role is Role.CALL_CENTRE else frozenset()
            crew_of = crew if role is Role.SUBCONTRACTOR else frozenset()
            rig.people.append(Me(column, at, crew_of, granted=granted, user=user))


async def _recipient(rig: Rig) -> Me:
    here, linked = rig.town.here, ParcelId(rig.things[ResourceKind.PARCEL][0].id)
    now_ms = here.clock.now_ms()
    async with here.store.transaction() as tx:
        person = PersonId((await here.reader.head(tx, linked)).recipient)
        token = await here.identity.links.make(tx, NewLink(linked, person, now_ms + 86_400_000), now_ms)
    return Me("recipient", None, linked=linked, bearer=f"shl_{token}")
