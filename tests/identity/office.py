"""An office to test in: every desk of identity on a real database, an application, and phones that sign."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI

from safehand.app import problems
from safehand.identity import account_routes, routes
from safehand.identity.account import AccountDesk
from safehand.identity.authenticate import Authenticator
from safehand.identity.browsers import KnownBrowsers
from safehand.identity.by_provider import ProviderDesk
from safehand.identity.ceremonies import Ceremonies
from safehand.identity.commands import DeviceDesk, StaffDesk
from safehand.identity.devices import Device, Devices, Enrolment
from safehand.identity.guard import Guard
from safehand.identity.keys import Keys, KeyWish
from safehand.identity.linked import LinkedIdentities
from safehand.identity.links import Links, NewLink
from safehand.identity.model import PartyKind, Role, Scope
from safehand.identity.openings import Openings
from safehand.identity.parties import Parties, Party
from safehand.identity.passkeys import Passkeys, RelyingParty
from safehand.identity.passwords import Passwords
from safehand.identity.policy import load_policies
from safehand.identity.provider import Provider
from safehand.identity.recovery import RecoveryCodes
from safehand.identity.resets import ResetLinks
from safehand.identity.sessions import Sessions
from safehand.identity.setup import SetupLinks
from safehand.identity.sign_in import Password, SignInDesk
from safehand.identity.throttle import Throttle
from safehand.identity.users import NewUser, Users
from safehand.identity.ways_in import WaysInDesk
from safehand.identity.wire import b64url_text, request_bytes
from safehand.kernel.clock import HandClock
from safehand.kernel.ids import PARCEL, PERSON, ParcelId, PartyId, PersonId, UserId, new_id
from safehand.store.database import Store
from safehand.vault.key_folder import HeldKeys
from safehand.vault.master import MasterKey
from safehand.vault.vault import Vault
from tests.rooms import quick_passwords

GOOD_PASSWORD = "seven green trams at dawn"
ORIGIN = "http://safehand.test"
ADDRESS = "203.0.113.7"


@dataclass
class Phone:
    """A device's side: a key pair that never leaves it, and signatures."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def public_key(self) -> bytes:
        """65 bytes, uncompressed."""
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def sign(self, message: bytes) -> bytes:
        """Raw r and s."""
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    def enrolment(self, code: str, *, said_code: str | None = None) -> Enrolment:
        """What it sends to be enrolled; `said_code` signs another code than is sent."""
        said = f"safehand/enrol/v1\n{said_code or code}\n{b64url_text(self.public_key)}"
        return Enrolment(code, self.public_key, self.sign(said.encode()))

    def header(self, device: str, method: str, target: str, at_ms: int, body: bytes = b"") -> str:
        """The Authorization header of a request."""
        signature = b64url_text(self.sign(request_bytes(method, target.encode(), at_ms, body)))
        return f"Safehand-Device id={device}, at={at_ms}, signature={signature}"


@dataclass
class Office:
    """All of identity, joined as the application joins it."""

    store: Store
    clock: HandClock = field(default_factory=HandClock)
    origin: str = ORIGIN
    passwords: Passwords = field(default_factory=quick_passwords)
    provider: Provider | None = None

    def __post_init__(self) -> None:
        self.vault = Vault.of(HeldKeys.of(MasterKey.of(bytes(range(32)))), self.clock)
        self.parties = Parties(self.vault)
        self.users = Users(self.vault, self.parties)
        self.sessions, self.setup, self.keys, self.links = Sessions(), SetupLinks(), Keys(), Links()
        self.devices = Devices(self.vault)
        self.throttle = Throttle(self.store, self.clock)
        self.passkeys, self.browsers = Passkeys(RelyingParty.of(self.origin)), KnownBrowsers()
        self.ceremonies, self.recovery, self.resets = Ceremonies(), RecoveryCodes(), ResetLinks()
        self.linked = LinkedIdentities()
        self.openings = Openings(self.sessions, self.browsers, self.passkeys, self.clock)
        self.sign_in = SignInDesk(
            self.store, self.users, self.sessions, self.setup, self.openings, self.passwords, self.throttle, self.clock
        )
        self.ways_in = WaysInDesk(
            store=self.store,
            users=self.users,
            sessions=self.sessions,
            passkeys=self.passkeys,
            ceremonies=self.ceremonies,
            recovery=self.recovery,
            resets=self.resets,
            linked=self.linked,
            browsers=self.browsers,
            openings=self.openings,
            passwords=self.passwords,
            throttle=self.throttle,
            clock=self.clock,
        )
        self.by_provider = ProviderDesk(
            store=self.store,
            users=self.users,
            sessions=self.sessions,
            ceremonies=self.ceremonies,
            linked=self.linked,
            openings=self.openings,
            ways_in=self.ways_in,
            throttle=self.throttle,
            clock=self.clock,
            provider=self.provider,
        )
        self.account = AccountDesk(
            store=self.store,
            users=self.users,
            sessions=self.sessions,
            passkeys=self.passkeys,
            ceremonies=self.ceremonies,
            recovery=self.recovery,
            passwords=self.passwords,
            throttle=self.throttle,
            clock=self.clock,
        )
        self.staff = StaffDesk(
            self.store, self.users, self.parties, self.keys, self.sessions, self.passwords, self.clock
        )
        self.fleet = DeviceDesk(self.store, self.devices, self.throttle, self.clock)
        self.authenticator = Authenticator(self.store, self.sessions, self.keys, self.devices, self.links, self.clock)
        self.guard = Guard(self.authenticator, load_policies(), self.origin)

    @cached_property
    def app(self) -> FastAPI:
        """The application with this room's routes."""
        app = FastAPI()
        problems.install(app)
        app.include_router(routes.router(self.sign_in, self.staff, self.fleet, self.guard))
        app.include_router(account_routes.router(self.ways_in, self.by_provider, self.account, self.staff, self.guard))
        return app

    async def hire(self, login: str = "ana", *roles: Role, party: PartyId | None = None, name: str = "Ana") -> UserId:
        """A user with the good password; an administrator if no role is named."""
        new = NewUser(
            login=login,
            name=name,
            password_hash=await self.passwords.hash(GOOD_PASSWORD),
            roles=frozenset(roles or {Role.ADMIN}),
            party=party,
        )
        async with self.store.transaction() as tx:
            return await self.users.create(tx, new, self.clock.now_ms())

    async def logins(self) -> list[str]:
        """Who is on the staff, oldest first."""
        return [user.login for user in (await self.staff.staff())[0].rows]

    async def party(self, kind: PartyKind = PartyKind.DEPOT, name: str = "Sörnäinen") -> Party:
        """A party."""
        return await self.staff.add_party(kind, name)

    async def session(self, login: str = "ana") -> str:
        """A session's token."""
        return (await self.sign_in.sign_in(Password(login, GOOD_PASSWORD, ADDRESS))).token

    async def key(self, merchant: Party, by: UserId, *scopes: Scope) -> str:
        """A merchant's key."""
        return (await self.staff.make_key(merchant, KeyWish("shop system", frozenset(scopes or set(Scope))), by)).key

    async def enrolled(self, phone: Phone, party: Party, by: UserId) -> Device:
        """An enrolled device."""
        invitation = await self.fleet.invite(party, "scanner", by)
        return await self.fleet.enrol(phone.enrolment(invitation.code), ADDRESS)

    async def link(self) -> str:
        """A recipient's link to a parcel of their own."""
        now_ms = self.clock.now_ms()
        parcel, person = ParcelId(new_id(PARCEL, now_ms)), PersonId(PartyId(new_id(PERSON, now_ms)))
        async with self.store.transaction() as tx:
            return await self.links.make(tx, NewLink(parcel, person, now_ms + 86_400_000), now_ms)

    @asynccontextmanager
    async def browser(self, login: str | None = None, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
        """A browser that sends Origin as browsers do; signed in if a login is named."""
        async with self.client(headers={"origin": self.origin}, **options) as client:
            if login is not None:
                answer = await client.post("/v1/sessions", json={"login": login, "password": GOOD_PASSWORD})
                assert answer.status_code == 201, answer.text
            yield client

    def client(self, **options: Any) -> httpx.AsyncClient:
        """A program that speaks HTTP."""
        return self.client_from(ADDRESS, **options)

    def client_from(self, address: str, **options: Any) -> httpx.AsyncClient:
        """The same at another address."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 50_000))
        return httpx.AsyncClient(transport=transport, base_url=self.origin, **options)
