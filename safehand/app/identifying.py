"""Who may come in: the desks and nouns of identity, joined."""

from dataclasses import dataclass

from safehand.app.provider import build_provider
from safehand.app.settings import Settings
from safehand.identity.account import AccountDesk
from safehand.identity.authenticate import Authenticator
from safehand.identity.browsers import KnownBrowsers
from safehand.identity.by_provider import ProviderDesk
from safehand.identity.ceremonies import Ceremonies
from safehand.identity.commands import DeviceDesk, StaffDesk
from safehand.identity.devices import Devices
from safehand.identity.guard import Guard
from safehand.identity.keys import Keys
from safehand.identity.linked import LinkedIdentities
from safehand.identity.links import Links
from safehand.identity.openings import Openings
from safehand.identity.parties import Parties
from safehand.identity.passkeys import Passkeys, RelyingParty
from safehand.identity.passwords import Passwords
from safehand.identity.policy import load_policies
from safehand.identity.recovery import RecoveryCodes
from safehand.identity.resets import ResetLinks
from safehand.identity.sessions import Sessions
from safehand.identity.setup import SetupLinks
from safehand.identity.sign_in import SignInDesk
from safehand.identity.throttle import Throttle
from safehand.identity.users import Users
from safehand.identity.ways_in import WaysInDesk
from safehand.kernel.clock import Clock
from safehand.store.database import Store
from safehand.vault.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who may come in."""

    parties: Parties
    users: Users
    sessions: Sessions
    setup: SetupLinks
    links: Links
    devices: Devices
    sign_in: SignInDesk
    ways_in: WaysInDesk
    provider: ProviderDesk
    account: AccountDesk
    staff: StaffDesk
    fleet: DeviceDesk
    guard: Guard


def build_identity(settings: Settings, store: Store, vault: Vault, clock: Clock, passwords: Passwords) -> Identity:
    """Join what decides who comes in. `passwords` says how they are hashed."""
    parties = Parties(vault)
    users = Users(vault, parties)
    sessions, setup, keys, links, devices = Sessions(), SetupLinks(), Keys(), Links(), Devices(vault)
    throttle, linked = Throttle(store, clock), LinkedIdentities()
    authenticator = Authenticator(store, sessions, keys, devices, links, clock)
    passkeys, browsers, recovery = Passkeys(RelyingParty.of(settings.origin)), KnownBrowsers(), RecoveryCodes()
    ceremonies, openings = Ceremonies(), Openings(sessions, browsers, passkeys, clock)
    ways_in = WaysInDesk(
        store=store,
        users=users,
        sessions=sessions,
        passkeys=passkeys,
        ceremonies=ceremonies,
        recovery=recovery,
        resets=ResetLinks(),
        linked=linked,
        browsers=browsers,
        openings=openings,
        passwords=passwords,
        throttle=throttle,
        clock=clock,
    )
    return Identity(
        parties=parties,
        users=users,
        sessions=sessions,
        setup=setup,
        links=links,
        devices=devices,
        sign_in=SignInDesk(store, users, sessions, setup, openings, passwords, throttle, clock),
        ways_in=ways_in,
        provider=ProviderDesk(
            store=store,
            users=users,
            sessions=sessions,
            ceremonies=ceremonies,
            linked=linked,
            openings=openings,
            ways_in=ways_in,
            throttle=throttle,
            clock=clock,
            provider=build_provider(settings, clock),
        ),
        account=AccountDesk(
            store=store,
            users=users,
            sessions=sessions,
            passkeys=passkeys,
            ceremonies=ceremonies,
            recovery=recovery,
            passwords=passwords,
            throttle=throttle,
            clock=clock,
        ),
        staff=StaffDesk(store, users, parties, keys, sessions, passwords, clock),
        fleet=DeviceDesk(store, devices, throttle, clock),
        guard=Guard(authenticator, load_policies(), settings.origin),
    )
