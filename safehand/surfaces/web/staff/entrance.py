"""Coming in and going out: sign in, sign out, and the first administrator's one-time link."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from safehand.identity.actions import Action
from safehand.identity.by_provider import Returned
from safehand.identity.guard import CEREMONY_COOKIE, SESSION_COOKIE, browser_of
from safehand.identity.model import Principal
from safehand.identity.provider import RETURN_PATH
from safehand.kernel.errors import SafehandError
from safehand.surfaces.errors import ResetLinkOver, SetupLinkOver
from safehand.surfaces.ports import Cookies, Entered, Entering, Entrance, Gate
from safehand.surfaces.web.forms import local_path, read_form
from safehand.surfaces.web.pages import Pages
from safehand.surfaces.web.problems import Problem, in_words, problem_page

NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed and refused, shown again; the password never is."""

    login: str = ""
    name: str = field(default="", repr=False)
    error: SafehandError | None = None


@dataclass(frozen=True, slots=True)
class EntrancePages:
    """The two forms in front of everything else."""

    pages: Pages
    entrance: Entrance
    cookies: Cookies
    passkeys: bool
    provider: bool

    def sign_in_page(self, request: Request, to: str, typed: Typed) -> Response:
        """The form; with what was wrong, if it was sent before."""
        status, problem, headers = self._refused(request, typed.error)
        return self.pages.answer(
            request,
            "staff/sign_in.html",
            status=status,
            headers=headers,
            to=to,
            typed=typed,
            problem=problem,
            passkeys=self.passkeys,
            provider=self.provider,
        )

    def code_page(self, request: Request, error: SafehandError | None = None) -> Response:
        """The form for a recovery code."""
        status, problem, headers = self._refused(request, error)
        return self.pages.answer(request, "staff/code.html", status=status, headers=headers, problem=problem)

    def reset_page(self, request: Request, token: str, error: SafehandError | None = None) -> Response:
        """The form of whoever begins anew."""
        status, problem, headers = self._refused(request, error)
        return self.pages.answer(
            request, "staff/reset.html", status=status, headers=headers, token=token, problem=problem
        )

    def setup_page(self, request: Request, token: str, typed: Typed) -> Response:
        """The form of the first administrator."""
        status, problem, headers = self._refused(request, typed.error)
        return self.pages.answer(
            request, "staff/setup.html", status=status, headers=headers, token=token, typed=typed, problem=problem
        )

    def entered(self, entered: Entered, to: str) -> Response:
        """On to the page that was asked for, with the cookies of a session and a known browser."""
        answer = RedirectResponse(to, 303, headers=NO_STORE)
        self.cookies.set_session(answer, entered.session)
        self.cookies.set_browser(answer, entered.browser)
        return answer

    def _refused(self, request: Request, error: SafehandError | None) -> tuple[int, Problem | None, dict[str, str]]:
        if error is None:
            return 200, None, {}
        headers = {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
        return error.status, in_words(self.pages.reader(request), error.status, error), headers


def router(pages: EntrancePages, gate: Gate) -> APIRouter:
    """`/sign-in`, `/sign-out`, `/setup/TOKEN`."""
    api = APIRouter(include_in_schema=False)
    _signing(api, pages, gate)
    _by_provider(api, pages, gate)
    _setting_up(api, pages, gate)
    _recovering(api, pages, gate)
    return api


def _signing(api: APIRouter, pages: EntrancePages, gate: Gate) -> None:
    public, opening = Depends(gate(Action.PUBLIC_READ)), Depends(gate(Action.SESSION_OPEN))

    @api.get("/sign-in")
    async def sign_in_form(request: Request, _: Annotated[Principal, public], to: str | None = None) -> Response:
        return pages.sign_in_page(request, local_path(to), Typed())

    @api.post("/sign-in")
    async def sign_in(request: Request, _: Annotated[Principal, opening]) -> Response:
        form = await read_form(request)
        to, typed = local_path(form.get("to")), _typed(request, form)
        try:
            entered = await pages.entrance.sign_in(typed, browser_of(request))
        except SafehandError as error:
            return pages.sign_in_page(request, to, Typed(login=typed.login, error=error))
        return pages.entered(entered, to)

    @api.post("/sign-out")
    async def sign_out(request: Request, _: Annotated[Principal, public]) -> Response:
        await pages.entrance.sign_out(request.cookies.get(SESSION_COOKIE, ""))
        answer = RedirectResponse("/sign-in", 303, headers=NO_STORE)
        pages.cookies.clear_session(answer)
        return answer


def _by_provider(api: APIRouter, pages: EntrancePages, gate: Gate) -> None:
    """There and back. Both are plain addresses: a form of ours may not lead to another site."""
    opening = Depends(gate(Action.SESSION_OPEN))

    @api.get("/sign-in/provider")
    async def to_provider(request: Request, _: Annotated[Principal, opening], to: str | None = None) -> Response:
        try:
            sent = await pages.entrance.to_provider(local_path(to), browser_of(request))
        except SafehandError as error:
            return pages.sign_in_page(request, local_path(to), Typed(error=error))
        answer = RedirectResponse(sent.url, 303, headers=NO_STORE)
        pages.cookies.set_ceremony(answer, sent.secret)
        return answer

    @api.get(RETURN_PATH)
    async def from_provider(request: Request, _: Annotated[Principal, opening]) -> Response:
        said, secret = request.query_params, request.cookies.get(CEREMONY_COOKIE, "")
        back = Returned(said.get("state", ""), said.get("code", ""), said.get("iss"), said.get("error", ""))
        try:
            entered, to = await pages.entrance.from_provider(secret, back, browser_of(request))
        except SafehandError as error:
            return pages.sign_in_page(request, "/", Typed(error=error))
        return pages.entered(entered, local_path(to))


def _setting_up(api: APIRouter, pages: EntrancePages, gate: Gate) -> None:
    using = Depends(gate(Action.SETUP_USE))

    @api.get("/setup/{token}")
    async def setup_form(request: Request, token: str, _: Annotated[Principal, using]) -> Response:
        if not await pages.entrance.setup_open(token):
            return problem_page(pages.pages, request, 404, SetupLinkOver())
        return pages.setup_page(request, token, Typed())

    @api.post("/setup/{token}")
    async def setup(request: Request, token: str, _: Annotated[Principal, using]) -> Response:
        form = await read_form(request)
        name, typed = form.get("name", "").strip(), _typed(request, form)
        try:
            entered = await pages.entrance.setup(token, name, typed)
        except SafehandError as error:
            return pages.setup_page(request, token, Typed(login=typed.login, name=name, error=error))
        return pages.entered(entered, "/")


def _recovering(api: APIRouter, pages: EntrancePages, gate: Gate) -> None:
    opening, using = Depends(gate(Action.SESSION_OPEN)), Depends(gate(Action.SETUP_USE))

    @api.get("/sign-in/code")
    async def code_form(request: Request, _: Annotated[Principal, opening]) -> Response:
        return pages.code_page(request)

    @api.post("/sign-in/code")
    async def by_code(request: Request, _: Annotated[Principal, opening]) -> Response:
        form = await read_form(request)
        try:
            entered = await pages.entrance.by_code(form.get("code", ""), browser_of(request))
        except SafehandError as error:
            return pages.code_page(request, error)
        return pages.entered(entered, "/account")  # where the lost passkey is removed and a new one made

    @api.get("/reset/{token}")
    async def reset_form(request: Request, token: str, _: Annotated[Principal, using]) -> Response:
        if not await pages.entrance.reset_open(token):
            return problem_page(pages.pages, request, 404, ResetLinkOver())
        return pages.reset_page(request, token)

    @api.post("/reset/{token}")
    async def begin_anew(request: Request, token: str, _: Annotated[Principal, using]) -> Response:
        form = await read_form(request)
        try:
            entered = await pages.entrance.begin_anew(token, form.get("password", ""), browser_of(request))
        except SafehandError as error:
            return pages.reset_page(request, token, error)
        return pages.entered(entered, "/account")


def _typed(request: Request, form: dict[str, str]) -> Entering:
    address = request.client.host if request.client else ""
    return Entering(form.get("login", "").strip(), form.get("password", ""), address)
