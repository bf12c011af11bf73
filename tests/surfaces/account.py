"""The ports of coming in and of one's own account, filled with one account, a setup link and a reset link."""

from dataclasses import dataclass, field

from safehand.identity.account import Account as OneAccount
from safehand.identity.account import Me
from safehand.identity.by_provider import Returned, Sent
from safehand.identity.errors import (
    NotYours,
    PasswordTooShort,
    ProviderAway,
    RecoveryCodeWrong,
    ResetLinkSpent,
    SetupLinkSpent,
    SubjectUnknown,
    WrongPassword,
)
from safehand.identity.openings import Browser
from safehand.identity.passkeys import Passkey
from safehand.identity.sign_in import Password
from safehand.kernel.ids import UserId
from safehand.surfaces.ports import Entered, Entering
from tests.surfaces import day

SESSION = "a session"
PASSWORD = "a sentence is a good password"
ENTERED = Entered(session=SESSION, browser="a known browser")
CODE = "7K3D-9QWX-M2PA-R8TN"


@dataclass(slots=True)
class Account:
    """One account and one setup link."""

    setup_links: set[str] = field(default_factory=lambda: {"a-setup-link"})
    alive: set[str] = field(default_factory=lambda: {SESSION})

    reset_links: set[str] = field(default_factory=lambda: {"a-reset-link"})
    proves_by_passkey: bool = True
    provider: bool = True
    removed: list[str] = field(default_factory=list)
    passkeys: tuple[Passkey, ...] = day.PASSKEYS

    async def sign_in(self, typed: Entering, browser: Browser) -> Entered:
        if (typed.login, typed.password) != ("ritva", PASSWORD):
            raise WrongPassword
        self.alive.add(SESSION)
        return ENTERED

    async def by_code(self, code: str, browser: Browser) -> Entered:
        if code != CODE:
            raise RecoveryCodeWrong
        self.alive.add(SESSION)
        return ENTERED

    async def to_provider(self, to: str, browser: Browser) -> Sent:
        if not self.provider:
            raise ProviderAway
        return Sent(f"https://id.carrier.example/authorize?state={to}", "a secret")

    async def from_provider(self, secret: str, back: Returned, browser: Browser) -> tuple[Entered, str]:
        if (secret, back.code) != ("a secret", "a code"):
            raise SubjectUnknown(subject="<b>4711</b>")
        return ENTERED, back.state

    async def reset_open(self, token: str) -> bool:
        return token in self.reset_links

    async def begin_anew(self, token: str, password: str, browser: Browser) -> Entered:
        if token not in self.reset_links:
            raise ResetLinkSpent
        if len(password) < 12:
            raise PasswordTooShort(length=len(password), at_least=12)
        self.reset_links.discard(token)
        return ENTERED

    async def account(self, me: Me) -> OneAccount:
        left = tuple(one for one in self.passkeys if one.id not in self.removed)
        return OneAccount(
            login="ritva",
            passkeys=left,
            passkeys_on=True,
            proves_by_passkey=self.proves_by_passkey,
            codes_left=7,
            sessions=day.SESSIONS,
            session=me.session,
        )

    async def remove_passkey(self, me: Me, id: str) -> None:
        if id not in {one.id for one in self.passkeys}:
            raise NotYours
        self.removed.append(id)

    async def make_codes(self, me: Me) -> list[str]:
        return [CODE] * 10

    async def end_session(self, me: Me, id: str) -> None:
        self.removed.append(id)

    async def end_others(self, me: Me) -> None:
        self.removed += [one.id for one in day.SESSIONS if one.id != me.session]

    async def prove_by_password(self, me: Me, password: str) -> str:
        if password != PASSWORD:
            raise WrongPassword
        return SESSION

    async def change_password(self, id: UserId, typed: Password, new: str) -> None:
        if typed.password != PASSWORD:
            raise WrongPassword

    async def sign_out(self, token: str) -> None:
        self.alive.discard(token)

    async def setup_open(self, token: str) -> bool:
        return token in self.setup_links

    async def setup(self, token: str, name: str, typed: Entering) -> Entered:
        if token not in self.setup_links:
            raise SetupLinkSpent
        if len(typed.password) < 12:
            raise PasswordTooShort(length=len(typed.password), at_least=12)
        self.setup_links.discard(token)
        return ENTERED
