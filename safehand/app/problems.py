"""Problems: the one place where an error becomes an answer.

Source
    RFC 9457 (problem details), RFC 9110 (Retry-After, WWW-Authenticate).
"""

from collections.abc import Mapping

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from safehand.kernel.catalogue import LANGUAGES, Catalogue, choose_language, load_catalogue
from safehand.kernel.errors import Invalid, NotFound, Param, SafehandError

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "/problems/"
UNEXPECTED = "app.unexpected"

log = structlog.get_logger(__name__)


class FieldInvalid(Invalid):
    """A field of the request is missing, unknown or out of range."""

    code = "app.field_invalid"

    def __init__(self, field: str, wanted: str) -> None:
        super().__init__(field=field, wanted=wanted)


class NoSuchPage(NotFound):
    """Nothing answers at that address."""

    code = "app.no_such_page"

    def __init__(self, path: str) -> None:
        super().__init__(path=path)


class MethodNotAllowed(SafehandError):
    """The address answers, but not to this method."""

    code = "app.method_not_allowed"
    status = 405

    def __init__(self, method: str, path: str) -> None:
        super().__init__(method=method, path=path)


class Unexpected(SafehandError):
    """A fault of ours."""

    code = UNEXPECTED

    def __init__(self) -> None:
        super().__init__()


def problem(error: SafehandError, words: Catalogue) -> dict[str, object]:
    """The body of a problem: code for machines, words for people, and the facts that disagree."""
    params: Mapping[str, Param] = error.params
    return {
        "type": TYPE_PREFIX + error.code,
        "title": words.say(f"{error.code}.title", **params),
        "status": error.status,
        "code": error.code,
        "detail": words.say(f"{error.code}.detail", **params),
        "remedy": words.say(f"{error.code}.remedy", **params),
        "params": dict(params),
    }


def answer(error: SafehandError, request: Request, catalogues: Mapping[str, Catalogue]) -> Response:
    """The response to an error, in the reader's language."""
    words = catalogues[choose_language(request.headers.get("accept-language", ""))]
    headers = {"Content-Language": words.language}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer, Safehand-Device realm="safehand"'
    return JSONResponse(problem(error, words), error.status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of this application a problem."""
    catalogues = {language: load_catalogue(language) for language in LANGUAGES}

    async def known(request: Request, error: Exception) -> Response:
        assert isinstance(error, SafehandError)  # noqa: S101 - registered for this class only
        return answer(error, request, catalogues)

    async def unreadable(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:])[:100] or str(first["loc"][0])
        return answer(FieldInvalid(field, str(first["msg"])[:200]), request, catalogues)

    async def plain(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        path = request.url.path[:200]
        if error.status_code == 405:
            return answer(MethodNotAllowed(request.method, path), request, catalogues)
        return answer(NoSuchPage(path), request, catalogues)

    async def fault(request: Request, error: Exception) -> Response:
        # The route's pattern, not the path: a path may hold a one-time token.
        route = getattr(request.scope.get("route"), "path", "none")
        log.error("app.fault", method=request.method, path=route, error=type(error).__name__, exc_info=error)
        return answer(Unexpected(), request, catalogues)

    app.add_exception_handler(SafehandError, known)
    app.add_exception_handler(RequestValidationError, unreadable)
    app.add_exception_handler(HTTPException, plain)
    app.add_exception_handler(Exception, fault)
