"""Sign-in by the carrier's provider, through the pages of a whole installation: cookies, addresses, words."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from time import time

import httpx
import pytest

from safehand.app.installation import build
from safehand.app.pages import build_site
from safehand.app.provider import build_provider
from safehand.app.settings import BadSetting, Settings
from safehand.app.web import create_app
from safehand.bus.notices import LocalBus
from safehand.identity.guard import BROWSER_COOKIE, CEREMONY_COOKIE, SESSION_COOKIE
from safehand.kernel.clock import SystemClock
from tests.asvs import asvs
from tests.identity.provider import CLIENT, SECRET, HonestProvider, a_provider
from tests.installations import ORIGIN, PASSWORD, Town, a_town
from tests.servers import Database

PAGE = {"Accept": "text/html"}


@asynccontextmanager
async def with_provider(database: Database, folder: Path, theirs: HonestProvider) -> AsyncIterator[Town]:
    """A town whose carrier has a sign-in of its own; its client is a browser."""
    async with a_town(database, folder / "data") as town:
        secret = folder / "secret"
        secret.write_text(SECRET + "\n")
        secret.chmod(0o600)
        settings = replace(town.here.settings, oidc_issuer=theirs.url, oidc_client=CLIENT, oidc_secret_file=secret)
        here = build(settings, town.here.store, LocalBus(), SystemClock())
        theirs_too = replace(town, here=here, app=create_app(here, build_site(here)))
        async with theirs_too.browser() as browser:
            yield replace(theirs_too, client=browser)
        if here.identity.provider.provider is not None:
            await here.identity.provider.provider.client.aclose()


async def back_from(sent: httpx.Response) -> str:
    """Where the provider sends the browser back to."""
    assert sent.status_code == 303, sent.text
    async with httpx.AsyncClient(trust_env=False) as outside:
        return (await outside.get(sent.headers["location"])).headers["location"]


@asvs("10.1.1", "10.2.1", "7.2.4")
async def test_a_colleague_goes_there_and_comes_back_signed_in(database: Database, tmp_path: Path) -> None:
    with a_provider(lambda: int(time())) as theirs:
        async with with_provider(database, tmp_path, theirs) as town:
            await town.hire("ana", "dispatcher")
            [ana] = [one["user"] for one in (await town.told("GET", "/v1/users"))["users"] if one["login"] == "ana"]
            assert (await town.ask("PUT", f"/v1/users/{ana}/provider", json={"subject": "00u4711"})).status_code == 204
            browser = town.client
            form = await browser.get("/sign-in?to=/parcels")
            assert 'href="/sign-in/provider?to=/parcels"' in form.text
            sent = await browser.get("/sign-in/provider?to=/parcels")
            cookie = sent.headers["set-cookie"]
            assert cookie.startswith(CEREMONY_COOKIE)
            assert "HttpOnly" in cookie
            assert "SameSite=lax" in cookie
            assert sent.headers["cache-control"] == "no-store"
            entered = await browser.get(await back_from(sent))
            assert (entered.status_code, entered.headers["location"]) == (303, "/parcels")
            assert {SESSION_COOKIE, BROWSER_COOKIE} <= set(browser.cookies)
            assert "opaque" not in str(entered.headers) + entered.text  # no token of theirs reaches a browser
            assert (await browser.get("/parcels")).status_code == 200
            account = await browser.get("/account")
            assert "With your work account." in account.text
            # Two days later: an administrator takes the link away, and the session is dead.
            assert (await town.ask("DELETE", f"/v1/users/{ana}/provider")).status_code == 204
            assert (await browser.get("/parcels")).headers["location"].startswith("/sign-in")


async def test_whoever_is_not_known_reads_their_subject_and_other_ways_in(database: Database, tmp_path: Path) -> None:
    with a_provider(lambda: int(time())) as theirs:
        async with with_provider(database, tmp_path, theirs) as town:
            browser = town.client
            told = await browser.get(await back_from(await browser.get("/sign-in/provider")))
            assert told.status_code == 401
            assert "00u4711" in told.text
            assert SESSION_COOKIE not in browser.cookies
            metrics = await town.ask("GET", "/metrics")
            assert "safehand_sign_ins_refused_total 1.0" in metrics.text


ELSEWHERE = (
    "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:x"
)  # fmt: skip


async def test_nobody_is_led_elsewhere_after_signing_in(database: Database, tmp_path: Path) -> None:
    with a_provider(lambda: int(time())) as theirs:
        async with with_provider(database, tmp_path, theirs) as town:
            browser, root = town.client, (await town.told("GET", "/v1/users"))["users"][0]["user"]
            await town.ask("PUT", f"/v1/users/{root}/provider", json={"subject": "00u4711"})
            for to in ELSEWHERE:
                sent = await browser.get("/sign-in/provider", params={"to": to})
                entered = await browser.get(await back_from(sent))
                assert entered.status_code == 303
                assert httpx.URL(ORIGIN).join(entered.headers["location"]).host == httpx.URL(ORIGIN).host, to


async def test_while_the_provider_is_gone_the_page_says_so_and_the_password_works(
    database: Database, tmp_path: Path
) -> None:
    with a_provider(lambda: int(time())) as theirs:
        url = theirs.url
    with a_provider(lambda: int(time())) as theirs:
        theirs.url = url  # nobody listens there any more
        async with with_provider(database, tmp_path, theirs) as town:
            gone = await town.client.get("/sign-in/provider", headers={"Accept-Language": "fi"})
            assert gone.status_code == 503
            assert gone.headers["retry-after"] == "30"
            assert "Yrityksesi kirjautuminen ei vastaa" in gone.text
            form = {"login": "root", "password": PASSWORD, "to": "/"}
            assert (await town.client.post("/sign-in", data=form, headers={"Origin": ORIGIN})).status_code == 303


def test_settings_that_do_not_fit_are_named(tmp_path: Path) -> None:
    secret, open_to_all = tmp_path / "secret", tmp_path / "open"
    for path, mode in ((secret, 0o600), (open_to_all, 0o644)):
        path.write_text("s3cret")
        os.chmod(path, mode)
    whole = Settings(
        data=tmp_path,
        database_url="postgresql:///x",
        oidc_issuer="https://id.carrier.example/realms/staff",
        oidc_client="safehand",
        oidc_secret_file=secret,
        oidc_mail_domain="carrier.example",
        oidc_proofs="mfa, urn:acr:gold",
    )
    provider = build_provider(whole, SystemClock())
    assert provider is not None
    assert provider.registration.redirect == "http://127.0.0.1:8080/sign-in/provider/back"
    assert provider.registration.proofs == {"mfa", "urn:acr:gold"}
    assert "s3cret" not in repr(provider)
    for changed, name in (
        ({"oidc_client": None}, "SAFEHAND_OIDC_CLIENT"),
        ({"oidc_issuer": "http://id.carrier.example"}, "SAFEHAND_OIDC_ISSUER"),
        ({"oidc_issuer": "https://10.0.0.1"}, "SAFEHAND_OIDC_ISSUER"),
        ({"oidc_issuer": "https://id.carrier.example?x=1"}, "SAFEHAND_OIDC_ISSUER"),
        ({"oidc_secret_file": open_to_all}, "SAFEHAND_OIDC_SECRET_FILE"),
        ({"oidc_secret_file": tmp_path / "none"}, "SAFEHAND_OIDC_SECRET_FILE"),
        ({"oidc_mail_domain": "carrier"}, "SAFEHAND_OIDC_MAIL_DOMAIN"),
        ({"oidc_mail_domain": "@carrier.example"}, "SAFEHAND_OIDC_MAIL_DOMAIN"),
        ({"oidc_proofs": "<mfa>"}, "SAFEHAND_OIDC_PROOFS"),
    ):
        with pytest.raises(BadSetting) as told:
            build_provider(replace(whole, **changed), SystemClock())
        assert name in str(told.value.params["name"]), changed
