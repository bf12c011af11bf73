"""One's own account: passkeys, recovery codes, sessions, password; and the question before a sensitive act."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from safehand.identity.account import Me
from safehand.identity.actions import Action
from safehand.identity.sign_in import Password
from safehand.kernel.errors import SafehandError
from safehand.surfaces.ports import Cookies, Door, OwnAccount, Secrets
from safehand.surfaces.views import Staff
from safehand.surfaces.web.forms import local_path, read_form
from safehand.surfaces.web.pages import Pages
from safehand.surfaces.web.problems import in_words
from safehand.surfaces.web.staff.decisions import done

HOME = "/account"


@dataclass(frozen=True, slots=True)
class AccountPages:
    """The pages of one's own account."""

    pages: Pages
    account: OwnAccount
    secrets: Secrets
    cookies: Cookies

    async def page(
        self, request: Request, viewer: Staff, *, codes: Sequence[str] = (), error: SafehandError | None = None
    ) -> Response:
        """All of it; with codes just made, which are shown this once, or with what was refused."""
        reader = self.pages.reader(request)
        return self.pages.answer(
            request,
            "staff/account.html",
            status=200 if error is None else error.status,
            viewer=viewer,
            account=await self.account.account(Me.of(viewer.me)),
            codes=codes,
            problem=in_words(reader, error.status, error) if error else None,
        )

    async def confirm_page(
        self, request: Request, viewer: Staff, to: str, error: SafehandError | None = None
    ) -> Response:
        """Who sits there? Then on to where the person wanted to go."""
        reader = self.pages.reader(request)
        return self.pages.answer(
            request,
            "staff/confirm.html",
            status=200 if error is None else error.status,
            viewer=viewer,
            account=await self.account.account(Me.of(viewer.me)),
            to=to,
            problem=in_words(reader, error.status, error) if error else None,
        )


def router(pages: AccountPages, door: Door) -> APIRouter:
    """`/account` and what it does; `/confirm`."""
    api = APIRouter(include_in_schema=False)
    _seeing(api, pages, door)
    _changing(api, pages, door)
    _confirming(api, pages, door)
    return api


def _seeing(api: APIRouter, pages: AccountPages, door: Door) -> None:
    @api.get(HOME)
    async def own_account(request: Request, viewer: Annotated[Staff, Depends(door(Action.ACCOUNT_READ))]) -> Response:
        return await pages.page(request, viewer)

    @api.post(f"{HOME}/sessions/{{session}}/end")
    async def end_session(session: str, viewer: Annotated[Staff, Depends(door(Action.SESSION_CLOSE))]) -> Response:
        await pages.account.end_session(Me.of(viewer.me), session)
        return done(pages.pages, HOME, "ended")

    @api.post(f"{HOME}/sessions/end")
    async def end_others(viewer: Annotated[Staff, Depends(door(Action.SESSION_CLOSE))]) -> Response:
        await pages.account.end_others(Me.of(viewer.me))
        return done(pages.pages, HOME, "ended")

    @api.post(f"{HOME}/password")
    async def change_password(
        request: Request, viewer: Annotated[Staff, Depends(door(Action.PASSWORD_CHANGE))]
    ) -> Response:
        form = await read_form(request)
        typed = Password("", form.get("password", ""), request.client.host if request.client else "")
        try:
            await pages.secrets.change_password(viewer.user, typed, form.get("new", ""))
        except SafehandError as error:
            return await pages.page(request, viewer, error=error)
        answer = RedirectResponse(f"/sign-in?to={HOME}", 303, headers={"Cache-Control": "no-store"})
        pages.cookies.clear_session(answer)
        return answer


def _changing(api: APIRouter, pages: AccountPages, door: Door) -> None:
    changing = Depends(door(Action.ACCOUNT_CHANGE))

    @api.post(f"{HOME}/passkeys/{{passkey}}/remove")
    async def remove_passkey(passkey: str, viewer: Annotated[Staff, changing]) -> Response:
        await pages.account.remove_passkey(Me.of(viewer.me), passkey)
        return done(pages.pages, HOME, "removed")

    # No redirect afterwards: the codes are in this answer and nowhere else.
    @api.post(f"{HOME}/codes")
    async def make_codes(request: Request, viewer: Annotated[Staff, changing]) -> Response:
        return await pages.page(request, viewer, codes=await pages.account.make_codes(Me.of(viewer.me)))


def _confirming(api: APIRouter, pages: AccountPages, door: Door) -> None:
    proving = Depends(door(Action.SESSION_PROVE))

    @api.get("/confirm")
    async def confirm_form(request: Request, viewer: Annotated[Staff, proving], to: str | None = None) -> Response:
        return await pages.confirm_page(request, viewer, local_path(to))

    @api.post("/confirm")
    async def confirm(request: Request, viewer: Annotated[Staff, proving]) -> Response:
        form = await read_form(request)
        to = local_path(form.get("to"))
        try:
            token = await pages.account.prove_by_password(Me.of(viewer.me), form.get("password", ""))
        except SafehandError as error:
            return await pages.confirm_page(request, viewer, to, error)
        answer = RedirectResponse(to, 303, headers={"Cache-Control": "no-store"})
        pages.cookies.set_session(answer, token)
        return answer
