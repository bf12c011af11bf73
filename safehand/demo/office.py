"""The office: makes the parties, invites phones, gives merchants their keys, watches, revokes."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safehand.demo.book import Book
from safehand.demo.cast import SHOPS, Shop
from safehand.demo.line import Bearer, Line, StaffSession
from safehand.demo.phone import Phone
from safehand.kernel.clock import Clock
from safehand.kernel.ids import DeviceId, PartyId, PlaceId

DISPATCHER_LOGIN = "dispatcher"
ADMIN_LOGIN = "admin"
PASSWORD_BYTES = 12
LET_STAND_MS = 30 * 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant as the office entered it."""

    shop: Shop
    party: PartyId
    key: Bearer


@dataclass(frozen=True, slots=True)
class Desk:
    """The office with a session for each of its two people, who are signed in all day."""

    line: Line
    clock: Clock
    book: Book
    admin: StaffSession
    dispatcher: StaffSession
    password: str
    """The dispatcher's, for whoever wants to look."""

    async def merchants(self) -> list[Merchant]:
        """Enter every shop, with a key for its system."""
        return [Merchant(shop, *await self.merchant(shop.name, "web shop")) for shop in SHOPS]

    async def merchant(self, name: str, label: str) -> tuple[PartyId, Bearer]:
        """Enter a merchant or another carrier, with a key for its system."""
        made = await self.line.post("/v1/merchants", {"name": name, "country": "FI"}, auth=self.admin)
        party = PartyId(made["merchant"])
        key = await self.line.post(f"/v1/merchants/{party}/keys", {"label": label}, auth=self.admin)
        return party, Bearer(key["key"])

    async def depot(self, town: str) -> tuple[PartyId, PlaceId | None]:
        """Enter the depot; it has a place as well."""
        made = await self._party("depot", f"Depot {town}")
        return PartyId(made["party"]), PlaceId(made["place"]) if made["place"] else None

    async def driver(self, name: str) -> PartyId:
        """Enter a driver."""
        return PartyId((await self._party("driver", name))["party"])

    async def phone(self, party: PartyId, label: str) -> Phone:
        """Invite a phone for a party, and enrol it with the code."""
        code = await self.line.post("/v1/device-codes", {"party": party, "label": label}, auth=self.admin)
        return await Phone.enrol(self.line, code["code"], self.clock, self.book.note)

    async def seals(self, party: PartyId, count: int) -> Sequence[str]:
        """Issue serials of seals to a party, as many as it will need."""
        issued: list[str] = []
        while len(issued) < count:
            said = {"party": party, "count": min(count - len(issued), 1000)}
            answer = await self.line.post("/v1/seals", said, auth=self.admin)
            issued += answer["seals"]
        return issued

    async def let_stand(self) -> None:
        """Nothing is late here: a day is played in minutes, and at another time than the clock's."""
        limits = await self.line.get("/v1/stage-limits", auth=self.dispatcher)
        stretched = {"limits_ms": dict.fromkeys(limits["limits_ms"], LET_STAND_MS)}
        await self.line.ask("PUT", "/v1/stage-limits", json=stretched, auth=self.admin)

    async def revoke(self, device: DeviceId) -> None:
        """From now on the phone is turned away."""
        await self.line.ask("POST", f"/v1/devices/{device}/revoke", auth=self.dispatcher)

    async def _party(self, kind: str, name: str) -> Mapping[str, Any]:
        made: Mapping[str, Any] = await self.line.post("/v1/parties", {"kind": kind, "name": name}, auth=self.admin)
        return made


async def open_office(line: Line, token: str, clock: Clock, book: Book) -> Desk:
    """Make the first administrator with the one-time link, and a dispatcher; sign both in."""
    passwords = {login: secrets.token_urlsafe(PASSWORD_BYTES) for login in (ADMIN_LOGIN, DISPATCHER_LOGIN)}
    admin = {"login": ADMIN_LOGIN, "name": "Administrator", "password": passwords[ADMIN_LOGIN]}
    await line.post("/v1/setup", {"token": token, **admin})
    session = await _sign_in(line, ADMIN_LOGIN, passwords[ADMIN_LOGIN])
    dispatcher = {"login": DISPATCHER_LOGIN, "password": passwords[DISPATCHER_LOGIN], "name": "Dispatcher"}
    await line.post("/v1/users", {**dispatcher, "roles": ["dispatcher"]}, auth=session)
    watching = await _sign_in(line, DISPATCHER_LOGIN, passwords[DISPATCHER_LOGIN])
    return Desk(line, clock, book, session, watching, passwords[DISPATCHER_LOGIN])


async def _sign_in(line: Line, login: str, password: str) -> StaffSession:
    response = await line.ask("POST", "/v1/sessions", json={"login": login, "password": password})
    return StaffSession.opened_by(response, str(line.http.base_url).rstrip("/"))
