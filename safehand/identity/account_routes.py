"""HTTP for machines and the pages' script: passkeys, recovery codes, one's own account, proof, resets."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from safehand.identity.account import AccountDesk, Me
from safehand.identity.account_forms import (
    AccountOut,
    BeginAnew,
    ChallengeOut,
    CodesMade,
    LinkIn,
    PasskeyIn,
    PasskeyMade,
    PasskeySignIn,
    PasswordProof,
    RecoveredOut,
    RecoveryIn,
    ResetMade,
)
from safehand.identity.actions import Action
from safehand.identity.by_provider import ProviderDesk
from safehand.identity.commands import StaffDesk
from safehand.identity.forms import Id, SessionOut
from safehand.identity.guard import CEREMONY_COOKIE, Guard, browser_of
from safehand.identity.model import Principal, Resource
from safehand.identity.openings import SignedIn
from safehand.identity.ways_in import Asked, WaysInDesk


def router(
    ways_in: WaysInDesk, provider: ProviderDesk, account: AccountDesk, staff: StaffDesk, guard: Guard
) -> APIRouter:
    """Every way in that is no password, and what their owner does about them."""
    api = APIRouter(prefix="/v1", tags=["account"])
    _entering(api, ways_in, guard)
    _resetting(api, ways_in, staff, guard)
    _linking(api, provider, staff, guard)
    _own(api, account, guard)
    _own_passkeys(api, account, guard)
    _proving(api, account, guard)
    return api


def _entering(api: APIRouter, desk: WaysInDesk, guard: Guard) -> None:
    opening = Depends(guard.allow(Action.SESSION_OPEN))

    @api.post("/sessions/passkey/challenge", dependencies=[opening])
    async def ask_passkey(request: Request, response: Response) -> ChallengeOut:
        """Ask for a passkey. The answer has five minutes, in this browser, once."""
        return _asked(guard, response, await desk.ask_passkey(browser_of(request)))

    @api.post("/sessions/passkey", status_code=201, dependencies=[opening])
    async def by_passkey(body: PasskeySignIn, request: Request, response: Response) -> SessionOut:
        """Sign in by the passkey that answered."""
        secret = request.cookies.get(CEREMONY_COOKIE, "")
        signed_in = await desk.by_passkey(secret, body.credential.answer(), browser_of(request))
        _entered(guard, response, signed_in)
        return SessionOut(**_who(signed_in))

    @api.post("/sessions/recovery", status_code=201, dependencies=[opening])
    async def by_code(body: RecoveryIn, request: Request, response: Response) -> RecoveredOut:
        """Sign in by a recovery code, which is used up."""
        signed_in, left = await desk.by_code(body.code, browser_of(request))
        _entered(guard, response, signed_in)
        return RecoveredOut(**_who(signed_in), codes_left=left)


def _resetting(api: APIRouter, desk: WaysInDesk, staff: StaffDesk, guard: Guard) -> None:
    @api.post("/users/{user}/reset", status_code=201)
    async def reset_user(user: Id, me: Annotated[Principal, Depends(guard.allow(Action.USER_RESET))]) -> ResetMade:
        """Take all ways in of a colleague away, and get a one-time link for them."""
        found = await staff.user(user)
        guard.require(me, Action.USER_RESET, Resource.of_user(found.id, party=found.party))
        return ResetMade(token=await desk.reset(found.id, Me.of(me).user))

    @api.post("/reset", status_code=201, dependencies=[Depends(guard.allow(Action.SETUP_USE))])
    async def begin_anew(body: BeginAnew, request: Request, response: Response) -> SessionOut:
        """Use a reset link: take a new password and sign in."""
        signed_in = await desk.begin_anew(body.token, body.password, browser_of(request))
        _entered(guard, response, signed_in)
        return SessionOut(**_who(signed_in))


def _linking(api: APIRouter, desk: ProviderDesk, staff: StaffDesk, guard: Guard) -> None:
    linking = Depends(guard.allow(Action.USER_LINK))

    @api.put("/users/{user}/provider", status_code=204)
    async def link_user(user: Id, body: LinkIn, me: Annotated[Principal, linking]) -> None:
        """Say which account at the provider is a colleague's. It is named by its subject, never by a mail address."""
        found = await staff.user(user)
        guard.require(me, Action.USER_LINK, Resource.of_user(found.id, party=found.party))
        await desk.link(found.id, body.subject, Me.of(me).user)

    @api.delete("/users/{user}/provider", status_code=204)
    async def unlink_user(user: Id, me: Annotated[Principal, linking]) -> None:
        """Say that none is; all their sessions end."""
        found = await staff.user(user)
        guard.require(me, Action.USER_LINK, Resource.of_user(found.id, party=found.party))
        await desk.unlink(found.id, Me.of(me).user)


def _own(api: APIRouter, desk: AccountDesk, guard: Guard) -> None:
    @api.get("/account")
    async def own_account(me: Annotated[Principal, Depends(guard.allow(Action.ACCOUNT_READ))]) -> AccountOut:
        """Your passkeys, sessions, and how many recovery codes are left."""
        return AccountOut.of(await desk.account(Me.of(me)))

    @api.post("/recovery-codes", status_code=201)
    async def make_codes(me: Annotated[Principal, Depends(guard.allow(Action.ACCOUNT_CHANGE))]) -> CodesMade:
        """Ten new recovery codes; the ones before are dead."""
        return CodesMade(codes=await desk.make_codes(Me.of(me)))

    @api.delete("/sessions/{session}", status_code=204)
    async def end_session(session: Id, me: Annotated[Principal, Depends(guard.allow(Action.SESSION_CLOSE))]) -> None:
        """End one of your sessions, on whatever machine it is."""
        await desk.end_session(Me.of(me), session)


def _own_passkeys(api: APIRouter, desk: AccountDesk, guard: Guard) -> None:
    changing = Depends(guard.allow(Action.ACCOUNT_CHANGE))

    @api.post("/passkeys/challenge")
    async def ask_new_passkey(me: Annotated[Principal, changing], response: Response) -> ChallengeOut:
        """Ask this browser to make a passkey for you."""
        return _asked(guard, response, await desk.ask_new_passkey(Me.of(me)))

    @api.post("/passkeys", status_code=201)
    async def add_passkey(body: PasskeyIn, me: Annotated[Principal, changing], request: Request) -> PasskeyMade:
        """Register the passkey that was made."""
        secret = request.cookies.get(CEREMONY_COOKIE, "")
        return PasskeyMade(passkey=await desk.add_passkey(Me.of(me), secret, body.credential.answer(), body.label))

    @api.delete("/passkeys/{passkey}", status_code=204)
    async def remove_passkey(passkey: Id, me: Annotated[Principal, changing]) -> None:
        """Take one of your passkeys away."""
        await desk.remove_passkey(Me.of(me), passkey)


def _proving(api: APIRouter, desk: AccountDesk, guard: Guard) -> None:
    proving = Depends(guard.allow(Action.SESSION_PROVE))

    @api.post("/proof/challenge")
    async def ask_proof(me: Annotated[Principal, proving], response: Response) -> ChallengeOut:
        """Ask for one of your passkeys, before a sensitive act."""
        return _asked(guard, response, await desk.ask_proof(Me.of(me)))

    @api.post("/proof", status_code=204)
    async def prove(
        body: PasskeySignIn, me: Annotated[Principal, proving], request: Request, response: Response
    ) -> None:
        """Show who sits here: sensitive acts are open for a while. The session goes on under a new cookie."""
        secret = request.cookies.get(CEREMONY_COOKIE, "")
        guard.set_session(response, await desk.prove_by_passkey(Me.of(me), secret, body.credential.answer()))

    @api.post("/proof/password", status_code=204)
    async def prove_by_password(body: PasswordProof, me: Annotated[Principal, proving], response: Response) -> None:
        """The same by your password, if you have no passkey."""
        guard.set_session(response, await desk.prove_by_password(Me.of(me), body.password))


def _asked(guard: Guard, response: Response, asked: Asked) -> ChallengeOut:
    guard.set_ceremony(response, asked.secret)
    return ChallengeOut(public_key=asked.options)


def _entered(guard: Guard, response: Response, signed_in: SignedIn) -> None:
    guard.set_session(response, signed_in.token)
    guard.set_browser(response, signed_in.known)


def _who(signed_in: SignedIn) -> dict[str, Any]:
    user = signed_in.user
    return {"user": user.id, "roles": sorted(user.roles), "expires_ms": signed_in.expires_ms}
