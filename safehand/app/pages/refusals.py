"""Refusals as pages: a person's browser gets one in the look, a machine gets its problem as before."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response

from safehand.app.installation import Installation
from safehand.app.pages.site import pages_of
from safehand.kernel.errors import SafehandError
from safehand.surfaces.web.pages import Pages
from safehand.surfaces.web.problems import problem_page, wants_page

type Handler = Callable[[Request, Any], Response | Awaitable[Response]]


def install(app: FastAPI, here: Installation) -> None:
    """Put pages in front of the handlers that the application has: call it after they are installed."""
    pages = pages_of(here)
    for kind, answer in list(app.exception_handlers.items()):
        app.exception_handlers[kind] = _page_or(answer, pages)


def _page_or(answer: Handler, pages: Pages) -> Callable[[Request, Any], Awaitable[Response]]:
    async def refused(request: Request, error: Any) -> Response:
        said = answer(request, error)
        plain = await said if inspect.isawaitable(said) else said
        if not wants_page(request):
            return plain
        return problem_page(pages, request, plain.status_code, error if isinstance(error, SafehandError) else None)

    return refused
