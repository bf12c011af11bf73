"""What a site answers beside its pages: two pages that only tests look at, and refusals as the application tells."""

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from safehand.kernel.errors import SafehandError
from safehand.surfaces.errors import NoSuchPage
from safehand.surfaces.web.pages import Pages
from safehand.surfaces.web.problems import problem_page, wants_page

STATUSES = (
    ("moving", "Moving"), ("stop", "At stop"), ("delivered", "Delivered"), ("attempted", "Attempted"), ("held", "Held"),
    ("exception", "Exception"), ("offline", "Offline"), ("waiting", "To do"), ("offered", "Half signed"),
    ("ended", "Ended"),
)  # fmt: skip


def answer_besides(app: FastAPI, pages: Pages) -> None:
    """Add them to a site."""

    @app.get("/bare")
    async def bare() -> Response:
        return HTMLResponse("<!doctype html><title>Bare</title><p>The least that a browser can paint.</p>")

    @app.get("/parts")
    async def parts(request: Request) -> Response:
        return pages.answer(request, "parts_page.html", statuses=STATUSES)

    @app.exception_handler(SafehandError)
    async def refused(request: Request, error: SafehandError) -> Response:
        if wants_page(request):
            return problem_page(pages, request, error.status, error)
        return JSONResponse({"code": error.code}, status_code=error.status)

    @app.exception_handler(HTTPException)
    async def not_there(request: Request, error: HTTPException) -> Response:
        if wants_page(request):
            known = NoSuchPage() if error.status_code == 404 else None
            return problem_page(pages, request, error.status_code, known)
        return JSONResponse({}, status_code=error.status_code)
