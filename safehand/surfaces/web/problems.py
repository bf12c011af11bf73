"""Refusals as pages: what went wrong, what disagrees, what to do; in the look and in the reader's language."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from safehand.identity.errors import StepUpNeeded
from safehand.kernel.errors import SafehandError
from safehand.surfaces.web.forms import local_path
from safehand.surfaces.web.pages import LINK_REFERRER, STAFF_REFERRER, Pages, Reader

PAGE_METHODS = frozenset({"GET", "HEAD"})
NO_STORE = {"Cache-Control": "no-store"}
MACHINE_PATHS = ("/v1/", "/log/", "/look/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/live")
STATUSES = frozenset({400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503})
SHAPE = {401: "held", 403: "held", 404: "waiting", 429: "held", 503: "offline"}
"""A refusal looks like what it is: only a contradiction is red."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal in words. `shape` is its data-status."""

    title: Markup
    detail: Markup
    remedy: Markup
    shape: str


def in_words(reader: Reader, status: int, error: SafehandError | None = None) -> Problem:
    """The words of a refusal: those of its code, else those of its status."""
    known = status if status in STATUSES else 500 if status >= 500 else 400
    code = getattr(error, "code", None)
    prefix = code if f"{code}.title" in reader.words.words else f"status.{known}"
    params = dict(error.params) if error else {}
    title, detail, remedy = (reader.markup(f"{prefix}.{part}", **params) for part in ("title", "detail", "remedy"))
    return Problem(title, detail, remedy, SHAPE.get(status, "exception"))


def wants_page(request: Request) -> bool:
    """Whether a person looks at the answer: a browser's page, not one of the machine's addresses."""
    if request.url.path.startswith(MACHINE_PATHS) or request.url.path.endswith("/live"):
        return False
    return "text/html" in request.headers.get("accept", "")


def problem_page(pages: Pages, request: Request, status: int, error: SafehandError | None = None) -> Response:
    """The page of a refusal; for a staff page without a session, the way to sign in."""
    path = request.url.path
    by_link = path.startswith("/t/")
    if status == 401 and not by_link:
        to = quote(path if request.method in PAGE_METHODS else "/", safe="/")
        return RedirectResponse(f"/sign-in?to={to}", 303, headers=NO_STORE)
    if isinstance(error, StepUpNeeded):
        return RedirectResponse(f"/confirm?to={quote(_way_back(request), safe='/')}", 303, headers=NO_STORE)
    headers = {}
    if error is not None and error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    return pages.answer(
        request,
        "problem.html",
        status=status,
        referrer=LINK_REFERRER if by_link else STAFF_REFERRER,
        headers=headers,
        problem=in_words(pages.reader(request), status, error),
        back="" if by_link else "/",
    )


def _way_back(request: Request) -> str:
    """The page that the person is on: the one asked for, or the one whose form was sent."""
    if request.method in PAGE_METHODS:
        return request.url.path
    return local_path(urlsplit(request.headers.get("referer", "")).path)
