"""The line to the system: one public HTTP API, asked as one principal or another."""

import asyncio
from collections.abc import AsyncIterator, Generator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from http.cookies import SimpleCookie
from typing import Any, Final

import httpx

from safehand.demo.errors import Unexpected

CONNECTIONS_MAX = 24
PATIENCE_S = 60.0
"""How long one question is asked again while the system says that it is not there."""
WAIT_MAX_S = 10.0
ANSWER_S = 30.0
SESSION_COOKIE: Final = "safehand_session"

_BUSY = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE})


class Bearer(httpx.Auth):
    """A merchant's key or a recipient's link."""

    def __init__(self, token: str) -> None:
        self.token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header."""
        request.headers["Authorization"] = f"Bearer {self.token}"
        yield request


class StaffSession(httpx.Auth):
    """A signed-in person: the session's cookie, and the origin that a browser would name."""

    def __init__(self, cookie: str, origin: str) -> None:
        self.cookie, self.origin = cookie, origin

    @classmethod
    def opened_by(cls, response: httpx.Response, origin: str) -> "StaffSession":
        """The session that an answer to a sign-in sets."""
        for line in response.headers.get_list("set-cookie"):
            morsel = SimpleCookie(line).get(SESSION_COOKIE)
            if morsel is not None:
                return cls(morsel.value, origin)
        raise Unexpected("sign in", response.status_code, "no session cookie was set")

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the cookie and the origin."""
        request.headers["Cookie"] = f"{SESSION_COOKIE}={self.cookie}"
        request.headers["Origin"] = self.origin
        yield request


@dataclass(slots=True)
class Line:
    """Asks the public API, and asks again while it is busy or away.

    `seen` is the newest fact that was acknowledged here. A list is asked for as of then (`fresh`); what the API
    says of one parcel is never older than that anyway.
    """

    http: httpx.AsyncClient
    seen: int = 0
    asked: int = field(default=0, init=False)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        auth: httpx.Auth | None = None,
        json: object = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        expect: tuple[int, ...] = (200, 201, 204),
    ) -> httpx.Response:
        """One question, answered with one of the statuses that are expected.

        A question is repeated only as the same bytes; that is safe because the API counts statements, keys of
        idempotency and evidence once.

        Errors
            Unexpected  another status, or no answer within PATIENCE_S.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_S
        while True:
            self.asked += 1
            wait_s, why = 1.0, ""
            try:
                response = await self.http.request(method, path, auth=auth, json=json, content=content, headers=headers)
            except httpx.TransportError as error:
                status, why = 0, f"{type(error).__name__}: {error}"
            else:
                if response.status_code in expect:
                    return response
                status, why = response.status_code, response.text[:500]
                if status not in _BUSY:
                    raise Unexpected(f"{method} {path}", status, why)
                wait_s = retry_after_s(response)
            if loop.time() + wait_s > until:
                raise Unexpected(f"{method} {path}", status, why)
            await asyncio.sleep(wait_s)

    async def get(self, path: str, *, auth: httpx.Auth | None = None, fresh: bool = False) -> Any:
        """The JSON at `path`; `fresh` waits until it tells of everything that was acknowledged here."""
        headers = {"Safehand-Seen": str(self.seen)} if fresh else None
        return (await self.ask("GET", path, auth=auth, headers=headers)).json()

    async def post(self, path: str, said: object, *, auth: httpx.Auth | None = None, **headers: str) -> Any:
        """The JSON answer to a post; None where there is nothing to say. `idempotency_key` becomes its header."""
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        response = await self.ask("POST", path, auth=auth, json=said, headers=named)
        return response.json() if response.content else None


def retry_after_s(response: httpx.Response) -> float:
    """How long the answer asks to wait: 1 s where it says nothing that can be read, never more than WAIT_MAX_S."""
    said = response.headers.get("retry-after", "")
    return min(float(said), WAIT_MAX_S) if said.isascii() and said.isdigit() else 1.0


@asynccontextmanager
async def open_line(url: str) -> AsyncIterator[Line]:
    """A line to the installation at `url`. It keeps no cookie: whose session it is, is said with each question."""
    async with httpx.AsyncClient(
        base_url=url,
        timeout=ANSWER_S,
        limits=httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=CONNECTIONS_MAX),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        trust_env=False,
    ) as http:
        yield Line(http)
