"""Hooks of schemathesis: each case goes out in somebody's guise, chosen by SAFEHAND_GUISES (a JSON file).

Staff is signed in again as soon as a case has ended its session, and before its proof of who sits there is too old; a
device signs each request as it goes out; recipients take turns. What each case met is counted (tally.py).
"""

import atexit
import json
import os
import time
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

import requests
import schemathesis
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from safehand.identity.actions import Action
from safehand.identity.guard import SESSION_COOKIE
from safehand.identity.step_up import MINUTE_MS, STEP_UP
from safehand.identity.wire import request_bytes
from tests.attacks.tally import Met, Tally
from tests.rooms import b64url, es256

VARIABLE = "SAFEHAND_GUISES"
IDEMPOTENCY = "Idempotency-Key"
NUMBERS = count()
ASK_S_MAX = 30
SIGN_INS_MAX = 20
TOO_MANY = 429
NOBODY = 401
PROVEN_S = (STEP_UP[Action.USER_CREATE] - 5 * MINUTE_MS) / 1_000
"""After so long somebody on the staff signs in anew: sensitive acts ask for a fresh proof."""


@dataclass(slots=True)
class Guise:
    """One of: staff with a login, a merchant's or recipients' keys, a device with its own."""

    url: str
    said: dict[str, str]
    cookie: str | None = None
    proven_s: float = 0.0
    browser: requests.Session = field(default_factory=requests.Session)
    """Known after the first sign-in: what others guess slows it down no more."""
    turn: int = 0
    """Which of several it is."""

    def headers(self, method: str, target: str, body: bytes) -> dict[str, str]:
        """What shows who asks."""
        match self.said:
            case {"login": login, "password": password}:
                return {"Origin": self.url, "Cookie": self._session(login, password)}
            case {"keys": keys}:
                return {"Authorization": f"Bearer {self._whose_turn(keys)}"}
            case {"device": device, "pem": pem}:
                at_ms = int(time.time() * 1_000)
                signature = b64url(es256(_private(pem), request_bytes(method, target.encode(), at_ms, body)))
                return {"Authorization": f"Safehand-Device id={device}, at={at_ms}, signature={signature}"}
        raise ValueError(sorted(self.said))

    def next(self) -> str | None:
        """Somebody else's turn; the number of the parcel that is theirs, if they have one."""
        self.turn += 1
        return self._whose_turn(self.said["own"]) if "own" in self.said else None

    def _whose_turn(self, words: str) -> str:
        each = words.split()
        return each[self.turn % len(each)]

    def _session(self, login: str, password: str) -> str:
        if self.cookie is None or time.monotonic() - self.proven_s > PROVEN_S:
            asked = {"login": login, "password": password}
            headers = {"Origin": self.url}
            for _ in range(SIGN_INS_MAX):
                answer = self.browser.post(f"{self.url}/v1/sessions", json=asked, headers=headers, timeout=ASK_S_MAX)
                if answer.status_code != TOO_MANY:  # guesses of earlier cases are counted against our address
                    break
                time.sleep(int(answer.headers["Retry-After"]))
            answer.raise_for_status()
            self.cookie = f"{SESSION_COOKIE}={answer.cookies[SESSION_COOKIE]}"
            self.proven_s = time.monotonic()
        return self.cookie


@lru_cache(1)
def guise() -> Guise:
    """Whose guise it is in this run."""
    return Guise(_told()["url"], _told()["guise"])


@lru_cache(1)
def _told() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(Path(os.environ[VARIABLE]).read_text("utf-8"))
    return told


@lru_cache(1)
def tally() -> Tally:
    """What this run met; written where the file of the guise says when it ends."""
    counted = Tally()
    atexit.register(lambda: counted.save(Path(_told()["tally"])))
    return counted


@lru_cache(4)
def _private(pem: str) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


class Disguise(requests.auth.AuthBase):
    """Dresses a request up when everything else of it is ready."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        assert isinstance(body, str | bytes)
        raw = body.encode() if isinstance(body, str) else body
        request.headers.pop("Authorization", None)  # an invented one would count before the session
        request.headers.update(guise().headers(request.method or "GET", request.path_url, raw))
        return request


set_from_requests: Any = vars(schemathesis.auth)["set_from_requests"]  # an attribute of a function, which has no type
set_from_requests(Disguise())


WAYS = {"login": "session", "keys": "key", "device": "device"}
"""By what tells a guise: the way in of the description that it uses."""


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Leave what this guise may ever ask for: that the rest refuses it is held by tests/identity/test_matrix.py."""
    [way] = {way for word, way in WAYS.items() if word in _told()["guise"]}
    for operations in raw_schema["paths"].values():
        for method, operation in list(operations.items()):
            if operation["security"] and not any(way in one for one in operation["security"]):
                del operations[method]


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Nobody saws off the branch that the run sits on: whose guise it is and the administrator stay on the staff.

    Every second key of idempotency is a fresh one: else every shipment after the first is a conflict. Every second
    number that exists is the recipient's own.
    """
    own = guise().next()
    if own and case.path_parameters.get("number") in _told()["numbers"] and next(NUMBERS) % 2:
        case.path_parameters["number"] = own
    if case.path_parameters.get("user") in _told()["spared"]:
        case.path_parameters["user"] = _told()["spent"]
    if IDEMPOTENCY in case.headers and next(NUMBERS) % 2:
        case.headers[IDEMPOTENCY] = f"case-{next(NUMBERS)}"


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Count; a session that a case ended is opened anew for the next."""
    tally().count(Met(case.operation.label, case.meta.phase.name.value if case.meta else "", response.status_code))
    if response.status_code == NOBODY and guise().cookie == response.request.headers.get("Cookie"):
        guise().cookie = None
