"""Passkeys in a real browser: Chromium's virtual authenticator, an installation of its own, real requests.

The bad answers are made by the same authenticator or with its own private key: they are well signed, and lie.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key
from playwright.sync_api import Browser, CDPSession, Page

from safehand.identity.guard import SESSION_COOKIE
from safehand.identity.wire import b64url_text
from tests.asvs import asvs
from tests.e2e.installed import LOGIN, PASSWORD, Installed, installed
from tests.servers import Postgres, cloned, dropped

START_MS = 10_000


@pytest.fixture(scope="module")
def site(postgres: Postgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """A whole installation on a port, known as localhost: WebAuthn wants a name."""
    with ThreadPoolExecutor(1) as aside:  # Playwright's loop runs in this thread
        database = aside.submit(cloned, postgres, template).result()
        with installed(database, tmp_path_factory.mktemp("installed")) as running:
            yield running
        aside.submit(dropped, database).result()


@pytest.fixture(autouse=True)
def anew(site: Installed) -> None:
    """Each test begins with an account that has no passkey."""
    site.forget_passkeys()


@dataclass
class Window:
    """A browser's window with an authenticator of its own."""

    page: Page
    cdp: CDPSession
    authenticator: str
    site: Installed

    def go(self, path: str) -> None:
        self.page.goto(self.site.address + path, wait_until="load")

    def sign_in_by_password(self, to: str = "/account") -> None:
        self.go(f"/sign-in?to={to}")
        self.page.get_by_label("Login").fill(LOGIN)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(f"**{to}")

    def add_passkey(self, label: str = "Work phone") -> None:
        self.page.get_by_label("What you call it").fill(label)
        self.page.get_by_role("button", name="Add a passkey").click()
        self.page.get_by_text(label, exact=True).wait_for(timeout=START_MS)

    def verifies(self, yes: bool) -> None:
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.authenticator, "isUserVerified": yes})

    def key(self) -> dict[str, Any]:
        found = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})
        [credential] = found["credentials"]
        return dict(credential)

    def ask(self, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        """A request of the page's own, with its cookies: status and answer."""
        answer = self.page.request.post(
            self.site.address + path, data=body, headers={"Origin": self.site.address, "Accept": "application/json"}
        )
        return answer.status, answer.json()

    def signed(self, **lies: Any) -> dict[str, Any]:
        """A well-formed answer to a fresh challenge, signed with the passkey's own key; `lies` say otherwise."""
        _, asked = self.ask("/v1/sessions/passkey/challenge")
        options, kept = asked["public_key"], self.key()
        said = {
            "type": "webauthn.get",
            "challenge": options["challenge"],
            "origin": lies.get("origin", self.site.address),
            "crossOrigin": False,
        }
        client = json.dumps(said).encode()
        rp, flags = lies.get("rp", "localhost"), lies.get("flags", 0x05)
        data = hashlib.sha256(rp.encode()).digest() + bytes([flags]) + (kept["signCount"] + 1_000).to_bytes(4)
        private = load_der_private_key(base64.b64decode(kept["privateKey"]), None)
        assert isinstance(private, Ed25519PrivateKey)
        signature = private.sign(data + hashlib.sha256(client).digest())
        id = b64url_text(base64.b64decode(kept["credentialId"]))
        response = {
            "clientDataJSON": b64url_text(client),
            "authenticatorData": b64url_text(data),
            "signature": b64url_text(signature),
        }
        return {"credential": {"id": id, "rawId": id, "type": "public-key", "response": response}}

    @property
    def inside(self) -> bool:
        return any(cookie["name"] == SESSION_COOKIE for cookie in self.page.context.cookies())


@contextmanager
def window(browser: Browser, site: Installed) -> Iterator[Window]:
    """A window of its own; whatever its console complains of is an error, refusals by the page's policy too."""
    context = browser.new_context(locale="en")
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda said: broken.append(said.text) if "Content Security" in said.text else None)
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    try:
        yield Window(page, cdp, made["authenticatorId"], site)
        assert broken == []
    finally:
        context.close()


def test_from_the_account_page_to_a_sign_in_and_a_sensitive_act_by_passkey(browser: Browser, site: Installed) -> None:
    with window(browser, site) as own:
        own.sign_in_by_password()
        own.add_passkey()
        own.page.get_by_role("button", name="Sign out").click()
        own.page.wait_for_url("**/sign-in")
        assert not own.inside

        own.page.get_by_role("button", name="Sign in with a passkey").click()
        own.page.wait_for_url(f"{site.address}/")
        assert own.inside
        own.go("/account")
        assert "By passkey." in own.page.content()

        site.forget_proofs()
        own.page.get_by_role("button", name="Make new codes").click()
        own.page.wait_for_url("**/confirm?to=/account")
        own.page.get_by_role("button", name="Confirm with a passkey").click()
        own.page.wait_for_url("**/account")
        own.page.get_by_role("button", name="Make new codes").click()
        own.page.get_by_role("heading", name="Your new recovery codes").wait_for()
        assert own.page.locator(".codes li").count() == 10
        assert "10 left" in own.page.content()


@asvs("6.6.2")
def test_a_replayed_assertion_is_refused(browser: Browser, site: Installed) -> None:
    with window(browser, site) as own:
        own.sign_in_by_password()
        own.add_passkey()
        own.page.context.clear_cookies()
        own.go("/sign-in")
        with own.page.expect_request("**/v1/sessions/passkey") as sent:
            own.page.get_by_role("button", name="Sign in with a passkey").click()
            own.page.wait_for_url(f"{site.address}/")
        body = json.loads(sent.value.post_data or "")

        status, problem = own.ask("/v1/sessions/passkey", body)
        assert (status, problem["code"]) == (401, "identity.ceremony_over")
        own.ask("/v1/sessions/passkey/challenge")  # nor does it answer a new question
        status, problem = own.ask("/v1/sessions/passkey", body)
        assert (status, problem["code"]) == (401, "identity.passkey_refused")


BAD: dict[str, dict[str, Any]] = {
    "wrong origin": {"origin": "http://evil.localhost:8080"},
    "wrong relying party": {"rp": "evil.example"},
    "no user verification": {"flags": 0x01},
    "nobody present": {"flags": 0x04},
}


def test_what_is_well_signed_and_lies_is_refused_and_the_truth_is_not(browser: Browser, site: Installed) -> None:
    with window(browser, site) as own:
        own.sign_in_by_password()
        own.add_passkey()
        own.page.context.clear_cookies()
        for name, lies in BAD.items():
            status, problem = own.ask("/v1/sessions/passkey", own.signed(**lies))
            assert (status, problem["code"]) == (401, "identity.passkey_refused"), name
            assert not own.inside, name
        status, _ = own.ask("/v1/sessions/passkey", own.signed())  # the control
        assert status == 201
        assert own.inside


def test_an_authenticator_that_verifies_nobody_gets_nowhere(browser: Browser, site: Installed) -> None:
    with window(browser, site) as own:
        own.sign_in_by_password()
        own.add_passkey()
        own.page.context.clear_cookies()
        own.go("/sign-in")
        own.verifies(False)
        own.page.get_by_role("button", name="Sign in with a passkey").click()
        own.page.get_by_text("That was given up or took too long").wait_for(timeout=START_MS)
        assert not own.inside


def test_a_page_of_another_origin_cannot_ask_for_the_passkey(browser: Browser, site: Installed) -> None:
    """The browser itself refuses our relying party's name to a page that is not ours."""
    with window(browser, site) as own:
        own.sign_in_by_password()
        own.add_passkey()
        _, asked = own.ask("/v1/sessions/passkey/challenge")
        own.page.goto(site.address.replace("localhost", "127.0.0.1") + "/sign-in")
        said = own.page.evaluate(
            """async (challenge) => {
                const bytes = new TextEncoder().encode(challenge);
                const publicKey = { challenge: bytes, rpId: "localhost", userVerification: "required" };
                return navigator.credentials.get({ publicKey }).then(() => "signed", (error) => error.name);
            }""",
            asked["public_key"]["challenge"],
        )
        assert said == "SecurityError"
