"""Coming in and going out: sign in, sign out, and the first administrator's one-time link."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from safehand.kernel.errors import Forbidden, SafehandError
from safehand.surfaces.errors import SetupLinkOver
from safehand.surfaces.ports import Entrance, SignedIn
from safehand.surfaces.web.forms import local_path, read_form
from safehand.surfaces.web.pages import Pages
from safehand.surfaces.web.problems import in_words, problem_page

SESSION_COOKIE = "safehand_session"


@dataclass(frozen=True, slots=True)
class EntrancePages:
    """The two forms in front of everything else."""

    pages: Pages
    entrance: Entrance

    def sign_in_page(
        self, request: Request, to: str, login: str = "", error: SafehandError | None = None
    ) -> Response:  # fmt: skip
        """The form; with what was wrong, if it was sent before."""
        status = 200 if error is None else error.status
        problem = in_words(self.pages.reader(request), status, error) if error else None
        return self.pages.answer(request, "staff/sign_in.html", status=status, to=to, login=login, problem=problem)

    def setup_page(
        self, request: Request, token: str, given: dict[str, str], error: SafehandError | None = None
    ) -> Response:  # fmt: skip
        """The form of the first administrator."""
        status = 200 if error is None else error.status
        problem = in_words(self.pages.reader(request), status, error) if error else None
        return self.pages.answer(
            request, "staff/setup.html", status=status, token=token, given=given, problem=problem
        )  # fmt: skip

    def entered(self, session: SignedIn, to: str) -> Response:
        """On to the page that was asked for, with the session's cookie."""
        answer = RedirectResponse(to, 303, headers={"Cache-Control": "no-store"})
        self.pages.keep(answer, SESSION_COOKIE, session.token, max_age_s=session.max_age_s)
        return answer


def router(pages: EntrancePages) -> APIRouter:
    """`/sign-in`, `/sign-out`, `/setup/TOKEN`."""
    api = APIRouter(include_in_schema=False)

    @api.get("/sign-in")
    async def sign_in_form(request: Request, to: str | None = None) -> Response:
        return pages.sign_in_page(request, local_path(to))

    @api.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        form = await read_form(request)
        login, to = form.get("login", ""), local_path(form.get("to"))
        client = request.client.host if request.client else ""
        try:
            session = await pages.entrance.sign_in(login, form.get("password", ""), client)
        except SafehandError as error:
            return pages.sign_in_page(request, to, login, error)
        return pages.entered(session, to)

    @api.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        await read_form(request)
        await pages.entrance.sign_out(request.cookies.get(SESSION_COOKIE, ""))
        answer = RedirectResponse("/sign-in", 303)
        answer.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=pages.pages.secure)
        return answer

    @api.get("/setup/{token}")
    async def setup_form(request: Request, token: str) -> Response:
        if not await pages.entrance.setup_open(token):
            return problem_page(pages.pages, request, 404, SetupLinkOver())
        return pages.setup_page(request, token, {})

    @api.post("/setup/{token}")
    async def setup(request: Request, token: str) -> Response:
        form = await read_form(request)
        try:
            session = await pages.entrance.setup(
                token, form.get("login", ""), form.get("name", ""), form.get("password", "")
            )
        except Forbidden:
            raise
        except SafehandError as error:
            return pages.setup_page(request, token, form, error)
        return pages.entered(session, "/")

    return api
