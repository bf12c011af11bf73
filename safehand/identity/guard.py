"""The guard at every route: who asks, and may they? The one place in this room that knows the web framework."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from safehand.identity.actions import Action
from safehand.identity.agents import agent_words
from safehand.identity.authenticate import Authenticator, Credentials
from safehand.identity.browsers import KNOWN_MS
from safehand.identity.ceremonies import CEREMONY_MS
from safehand.identity.errors import CrossSite, DeviceRetired, RequestTooLarge, StepUpNeeded
from safehand.identity.keys import Whence
from safehand.identity.model import Principal, PrincipalKind, Resource
from safehand.identity.openings import Browser
from safehand.identity.pacing import Pacer
from safehand.identity.policy import Decision, Policies
from safehand.identity.reach import Reach, reach_of
from safehand.identity.sessions import ABSOLUTE_MS
from safehand.identity.step_up import MINUTE_MS, STEP_UP
from safehand.identity.throttle import network_of
from safehand.kernel.errors import SafehandError

SESSION_COOKIE = "safehand_session"
LINK_COOKIE = "safehand_link"
CEREMONY_COOKIE = "safehand_ceremony"
BROWSER_COOKIE = "safehand_browser"
FORGET = '"cache", "storage"'  # Clear-Site-Data; the cookie is taken back by itself, others are not the session's
LINK_PAGES = "/t/"
SIGNED_BODY_BYTES_MAX = 4 * 1024 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Allowed:
    """A route's dependency: authenticates, and asks the policies whether such a principal may ever do this."""

    guard: "Guard"
    action: Action

    async def __call__(self, request: Request) -> Principal:
        """Who asks; nobody who could never do what the route does gets past here."""
        return await self.guard.admit(request, self.action)


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """Stands at the routes."""

    authenticator: Authenticator
    policies: Policies
    origin: str
    """Where browsers find us, `https://parcels.example`: decides on secure cookies and on what is another site."""
    pacer: Pacer = field(default_factory=Pacer)
    """How fast one asker may ask."""

    def allow(self, action: Action) -> Allowed:
        """The dependency that declares a route's action: `me: Annotated[Principal, Depends(guard.allow(...))]`."""
        return Allowed(self, action)

    async def admit(self, request: Request, action: Action) -> Principal:
        """Authenticate a request and refuse who could never do this.

        Errors
            Unauthenticated, Forbidden  their kinds; CrossSite for a page of somebody else's.
            DeviceRetired  a replaced device wants more than to tell what it had queued.
            AskedTooFast   too many requests of one asker.
            StepUpNeeded                the act is a sensitive one, and the session's last proof too old.
        """
        carried = Credentials(
            method=request.method,
            target=_target(request),
            authorization=request.headers.get("authorization"),
            session=request.cookies.get(SESSION_COOKIE),
            link=request.cookies.get(LINK_COOKIE),
            link_first=request.url.path.startswith(LINK_PAGES),
            whence=_whence(request),
        )
        if carried.authorization is None:
            self._refuse_other_sites(request, with_cookie=bool(carried.session or carried.link))
        principal = await self.authenticator.principal(carried, lambda: _bounded_body(request))
        self.pacer.admit(principal)
        if principal.retired and action is not Action.STATEMENT_TELL:
            raise DeviceRetired(device=principal.id)
        self.policies.require_ever(principal, action)
        self._require_proof(principal, action)
        return principal

    def _require_proof(self, principal: Principal, action: Action) -> None:
        """Refuse a sensitive act of a session that was left open: see `STEP_UP`. Keys and devices prove each time."""
        within_ms = STEP_UP.get(action)
        if within_ms is None or principal.kind is not PrincipalKind.STAFF:
            return
        proved_ms = principal.proved_ms
        if proved_ms is None or not 0 <= self.authenticator.clock.now_ms() - proved_ms <= within_ms:
            raise StepUpNeeded(action=action.value, within_min=within_ms // MINUTE_MS)

    def require(
        self, principal: Principal, action: Action, resource: Resource, *, missing: SafehandError | None = None
    ) -> Decision:
        """Refuse unless this principal may do this to this thing; see `Policies.require`."""
        return self.policies.require(principal, action, resource, missing=missing)

    def may(self, principal: Principal, action: Action, resource: Resource) -> bool:
        """Whether it is permitted; for pages that show more to some than to others."""
        return self.policies.may(principal, action, resource)

    def reach(self, principal: Principal, action: Action) -> Reach:
        """How far a principal sees in a list: see `reach_of`."""
        return reach_of(self.policies, principal, action)

    def set_session(self, response: Response, token: str) -> None:
        """Hand the browser its session. Scripts cannot read it, and other sites' forms do not carry it."""
        self._set(response, SESSION_COOKIE, token, ABSOLUTE_MS)

    def set_browser(self, response: Response, token: str) -> None:
        """Make it a known browser. Its token opens nothing; it keeps strangers' failures apart."""
        self._set(response, BROWSER_COOKIE, token, KNOWN_MS)

    def set_ceremony(self, response: Response, secret: str) -> None:
        """Bind a ceremony to the browser that began it."""
        self._set(response, CEREMONY_COOKIE, secret, CEREMONY_MS)

    def _set(self, response: Response, name: str, value: str, for_ms: int) -> None:
        response.set_cookie(
            name, value, max_age=for_ms // 1_000, path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def clear_session(self, response: Response) -> None:
        """Take the cookie back, and have the browser forget what it was shown (over TLS; in clear text it will not)."""
        response.delete_cookie(SESSION_COOKIE, path="/", secure=self._secure, httponly=True, samesite="lax")
        response.headers["Clear-Site-Data"] = FORGET

    def set_link(self, response: Response, number: str, token: str, *, max_age_s: int) -> None:
        """Hand the browser a recipient's link as a cookie that goes to that parcel's pages only.

        Shapes
            number  the tracking number as it stands in the path, letters and digits.
        """
        if not (number.isascii() and number.isalnum()):
            raise ValueError("a tracking number has letters and digits only")
        response.set_cookie(
            LINK_COOKIE,
            token,
            max_age=max_age_s,
            path=f"{LINK_PAGES}{number}",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def clear_link(self, response: Response, number: str) -> None:
        """Take that parcel's link back."""
        path = f"{LINK_PAGES}{number}"
        response.delete_cookie(LINK_COOKIE, path=path, secure=self._secure, httponly=True, samesite="lax")

    @property
    def _secure(self) -> bool:
        return self.origin.startswith("https://")

    def _refuse_other_sites(self, request: Request, *, with_cookie: bool) -> None:
        """Refuse what changes something and was sent by a page of another site.

        Also where no cookie counts yet: a sign-in sent by another site would make the reader work under the
        attacker's name. Browsers always send one of the two headers; programs without cookies need neither.
        """
        if request.method in SAFE_METHODS:
            return
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is not None:
            ours = site == "same-origin"
        elif origin is not None:
            ours = self._is_ours(request, origin)
        else:
            ours = not with_cookie
        if not ours:
            raise CrossSite()

    def _is_ours(self, request: Request, origin: str) -> bool:
        if origin == self.origin:
            return True
        # In clear text nobody could tell hosts apart anyway: any name that reaches us will do (localhost, 127.0.0.1).
        return not self._secure and urlsplit(origin).netloc == request.headers.get("host", "")


def browser_of(request: Request) -> Browser:
    """What a browser brings along when somebody wants to come in."""
    return Browser(
        address=request.client.host if request.client else "",
        agent=agent_words(request.headers.get("user-agent")),
        session=request.cookies.get(SESSION_COOKIE),
        known=request.cookies.get(BROWSER_COOKIE),
    )


def declared_actions(routes: Sequence[BaseRoute]) -> dict[str, frozenset[Action]]:
    """What each route declares, by `METHOD /path`: a test demands exactly one action of every one of `app.routes`.

    Routers that were included are looked into; what is no route of the framework (a mount) declares nothing.
    """
    found: dict[str, frozenset[Action]] = {}
    for route in iter_route_contexts(routes):
        declared = _declared_by(getattr(route, "dependant", None))
        for method in sorted(route.methods or {"*"}):
            found[f"{method} {route.path}"] = declared
    return found


def _declared_by(dependant: Dependant | None) -> frozenset[Action]:
    found: set[Action] = set()
    waiting = [dependant] if dependant else []
    while waiting:
        current = waiting.pop()
        if isinstance(current.call, Allowed):
            found.add(current.call.action)
        waiting.extend(current.dependencies)
    return frozenset(found)


def _target(request: Request) -> bytes:
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope.get("query_string", b"")
    return path + b"?" + query if query else path


def _whence(request: Request) -> Whence:
    network = network_of(request.client.host) if request.client else None
    return Whence.of(network, request.headers.get("user-agent"))


async def _bounded_body(request: Request) -> bytes:
    """The body, which the framework keeps for the route. The server's own limit comes first; this is the second."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > SIGNED_BODY_BYTES_MAX:
        raise RequestTooLarge(limit=SIGNED_BODY_BYTES_MAX)
    body = await request.body()
    if len(body) > SIGNED_BODY_BYTES_MAX:
        raise RequestTooLarge(limit=SIGNED_BODY_BYTES_MAX)
    return body
