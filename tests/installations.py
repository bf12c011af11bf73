"""A whole installation on a real database, spoken to over HTTP as carriers, merchants and phones do."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from safehand.app.envelope import Application
from safehand.app.installation import Installation, build
from safehand.app.pages.site import build_site
from safehand.app.settings import Settings
from safehand.app.web import create_app
from safehand.bus.notices import LocalBus
from safehand.events.statement import Statement, private_body_hash, statement_bytes
from safehand.identity.guard import SESSION_COOKIE
from safehand.identity.wire import request_bytes
from safehand.kernel.clock import Clock, SystemClock
from safehand.kernel.ids import DeviceId, PartyId
from safehand.surfaces.web.site import Site
from tests.rooms import b64url, es256, quick_passwords
from tests.servers import Database

ORIGIN = "http://safehand.test"
LOG_NAME = "log.example/one"
PASSWORD = "seven grey herons at noon"
RECIPIENT = {
    "name": "Eeva Äijälä",
    "street": "Fabianinkatu 3 A 7",
    "postal_code": "00130",
    "city": "Helsinki",
    "country": "FI",
}


@dataclass
class Phone:
    """An enrolled device: signs statements and requests."""

    key: ec.EllipticCurvePrivateKey
    device: DeviceId
    party: PartyId
    client: httpx.AsyncClient
    sequence: int = 0
    at_ms: int = 0

    def next(self) -> dict[str, Any]:
        """Device, sequence and time of the next statement."""
        self.sequence += 1
        self.at_ms += 1_000
        return {"device": self.device, "sequence": self.sequence, "at_ms": self.at_ms}

    def item(self, said: Statement, body: bytes | None = None, salt: bytes = b"\x05" * 32) -> dict[str, Any]:
        """The statement as an item of a batch."""
        raw = statement_bytes(said)
        item: dict[str, Any] = {"statement": raw.decode(), "signature": b64url(es256(self.key, raw))}
        if body is not None:
            item |= {"salt": b64url(salt), "body": b64url(body)}
        return item

    def body_hash(self, body: bytes, salt: bytes = b"\x05" * 32) -> str:
        """What the statement says of its private body."""
        return private_body_hash(salt, body)

    async def send(self, method: str, target: str, content: bytes = b"", **headers: str) -> httpx.Response:
        """A signed request."""
        now_ms = SystemClock().now_ms()
        signature = b64url(es256(self.key, request_bytes(method, target.encode(), now_ms, content)))
        signed = {"Authorization": f"Safehand-Device id={self.device}, at={now_ms}, signature={signature}"}
        return await self.client.request(method, target, content=content, headers=signed | headers)

    async def tell(self, *items: dict[str, Any]) -> httpx.Response:
        """A batch."""
        return await self.send("POST", "/v1/statements", json.dumps({"statements": items}).encode())


@dataclass
class Asked:
    """An installation as whoever has an account there speaks to it, wherever it runs."""

    client: httpx.AsyncClient
    admin: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Where browsers find it."""
        return str(self.client.base_url).rstrip("/")

    async def ask(self, method: str, target: str, who: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """A request by somebody (headers), by default the admin."""
        headers = {"Origin": self.origin} | (self.admin if who is None else who) | more.pop("headers", {})
        return await self.client.request(method, target, headers=headers, **more)

    async def told(self, method: str, target: str, who: dict[str, str] | None = None, **more: Any) -> Any:
        """The same, and it must succeed: the JSON of its answer."""
        answer = await self.ask(method, target, who, **more)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def sign_in(self, login: str) -> dict[str, str]:
        """The headers of somebody who signed in."""
        answer = await self.ask("POST", "/v1/sessions", {}, json={"login": login, "password": PASSWORD})
        assert answer.is_success, answer.text
        [(name, token)] = [(name, token) for name, token in answer.cookies.items() if name.endswith(SESSION_COOKIE)]
        self.client.cookies.clear()  # who asks is said with each request, never remembered
        return {"Cookie": f"{name}={token}"}

    async def hire(self, login: str, *roles: str, party: str | None = None) -> dict[str, str]:
        """Somebody new on the staff, signed in."""
        user = {"login": login, "password": PASSWORD, "name": login.title(), "roles": list(roles), "party": party}
        await self.told("POST", "/v1/users", json={key: value for key, value in user.items() if value is not None})
        return await self.sign_in(login)

    async def party(self, kind: str, name: str) -> PartyId:
        """A depot, driver or partner."""
        made = await self.told("POST", "/v1/parties", json={"kind": kind, "name": name})
        return PartyId(made["party"])

    async def merchant(self, name: str = "Kirjakauppa") -> tuple[PartyId, dict[str, str]]:
        """A merchant and the headers of its key."""
        party = (await self.told("POST", "/v1/merchants", json={"name": name, "country": "FI"}))["merchant"]
        key = (await self.told("POST", f"/v1/merchants/{party}/keys", json={"label": "till"}))["key"]
        return PartyId(party), {"Authorization": f"Bearer {key}"}

    async def phone(self, party: PartyId) -> Phone:
        """A device enrolled for a party."""
        return await self.enrolled(
            (await self.told("POST", "/v1/device-codes", json={"party": party, "label": "phone"}))["code"]
        )

    async def enrolled(self, code: str) -> Phone:
        """A device enrolled with a code."""
        key = ec.generate_private_key(ec.SECP256R1())
        point = b64url(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        proof = b64url(es256(key, f"safehand/enrol/v1\n{code}\n{point}".encode()))
        made = await self.told("POST", "/v1/devices", {}, json={"code": code, "public_key": point, "proof": proof})
        return Phone(key, made["device"], made["party"], self.client, at_ms=SystemClock().now_ms())

    async def shipment(self, who: dict[str, str], key: str = "one", **changes: Any) -> Any:
        """A shipment of one parcel."""
        asked = {"recipient": RECIPIENT, "parcels": [{"weight_g": 900}]} | changes
        return await self.told("POST", "/v1/shipments", who, json=asked, headers={"Idempotency-Key": key})

    async def set_up(self, token: str) -> None:
        """The first administrator, by a one-time link's token."""
        first = {"token": token, "login": "root", "password": PASSWORD, "name": "Root"}
        await self.told("POST", "/v1/setup", {}, json=first)
        self.admin = await self.sign_in("root")


@dataclass
class Town(Asked):
    """An installation in this process, with people in it."""

    here: Installation = field(kw_only=True)
    app: Application = field(kw_only=True)
    site: Site | None = None

    def browser(self, address: str = "127.0.0.1", **headers: str) -> httpx.AsyncClient:
        """Somebody's browser at the pages, with cookies of its own."""
        wire = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 50_000))
        said = {"Accept": "text/html", "Origin": self.origin} | headers
        return httpx.AsyncClient(transport=wire, base_url=self.origin, headers=said)

    async def settle(self) -> None:
        """Sequence, sign and project everything told so far."""
        while await self.here.sequencer.run_once():
            pass
        await self.here.projector.run_once()
        while await self.here.projector.run_once():
            pass


@asynccontextmanager
async def a_town(
    database: Database,
    folder: Path,
    clock: Clock | None = None,
    witness_policy: Path | None = None,
    origin: str = ORIGIN,
    *,
    pages: bool = False,
) -> AsyncIterator[Town]:
    """An installation with an administrator, and with its pages if they are wanted."""
    settings = Settings(
        data=folder,
        database_url=database.app_url,
        origin=origin,
        log_name=LOG_NAME,
        witness_policy=witness_policy,
    )
    here = build(settings, database.store(), LocalBus(), clock or SystemClock(), quick_passwords())
    async with here.store.transaction() as tx:
        await here.vault.check(tx)
    site = build_site(here) if pages else None
    app = create_app(here, site)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=origin) as client:
        town = Town(client, here=here, app=app, site=site)
        await town.set_up(await here.identity.sign_in.make_setup_link())
        yield town
        await here.close()
