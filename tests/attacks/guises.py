"""Hooks of schemathesis: each case goes out in somebody's guise, chosen by SAFEHAND_GUISES (a JSON file).

Staff is signed in again as soon as a case has ended its session; a device signs each request as it goes out.
"""

import json
import os
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import requests
import schemathesis
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from safehand.identity.wire import request_bytes
from tests.rooms import b64url, es256

VARIABLE = "SAFEHAND_GUISES"
ASK_S_MAX = 30
TOO_MANY = 429
NOBODY = 401


@dataclass(slots=True)
class Guise:
    """One of: staff with a login, a merchant's or recipient's key, a device with its own."""

    url: str
    said: dict[str, str]
    cookie: str | None = None

    def headers(self, method: str, target: str, body: bytes) -> dict[str, str]:
        """What shows who asks."""
        match self.said:
            case {"login": login, "password": password}:
                return {"Origin": self.url, "Cookie": self._session(login, password)}
            case {"key": key}:
                return {"Authorization": f"Bearer {key}"}
            case {"device": device, "pem": pem}:
                at_ms = int(time.time() * 1_000)
                signature = b64url(es256(_private(pem), request_bytes(method, target.encode(), at_ms, body)))
                return {"Authorization": f"Safehand-Device id={device}, at={at_ms}, signature={signature}"}
        raise ValueError(sorted(self.said))

    def _session(self, login: str, password: str) -> str:
        if self.cookie is None:
            asked = {"login": login, "password": password}
            headers = {"Origin": self.url}
            while True:
                answer = requests.post(f"{self.url}/v1/sessions", json=asked, headers=headers, timeout=ASK_S_MAX)
                if answer.status_code != TOO_MANY:  # guesses of earlier cases are counted against our address
                    break
                time.sleep(int(answer.headers["Retry-After"]))
            answer.raise_for_status()
            self.cookie = f"safehand_session={answer.cookies['safehand_session']}"
        return self.cookie


@lru_cache(1)
def guise() -> Guise:
    """Whose guise it is in this run."""
    told = json.loads(Path(os.environ[VARIABLE]).read_text("utf-8"))
    return Guise(told["url"], told["guise"])


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


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """A session that a case ended is opened anew for the next."""
    if response.status_code == NOBODY and guise().cookie == response.request.headers.get("Cookie"):
        guise().cookie = None
