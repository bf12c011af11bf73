"""Over TLS cookies bear their prefixes; what a browser could not have set under them is not taken."""

from pathlib import Path

from safehand.app.cookies import plain, prefixed
from tests.asvs import asvs
from tests.installations import PASSWORD, a_town
from tests.servers import Database

SECURE = "https://parcels.example"
FORM = {"login": "root", "password": PASSWORD, "to": "/parcels"}


@asvs("3.3.1", "3.3.3", "3.3.4", "14.3.1")
async def test_over_tls_a_session_is_bound_to_its_host_and_forgotten_at_the_end(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path, origin=SECURE, pages=True) as town, town.browser() as browser:
        signed_in = await browser.post("/sign-in", data=FORM)
        cookie = signed_in.headers["set-cookie"]
        token = cookie.partition("=")[2].partition(";")[0]
        browser.cookies.clear()
        inside = await browser.get("/parcels", headers={"Cookie": f"__Host-safehand_session={token}"})
        planted = await browser.get("/parcels", headers={"Cookie": f"safehand_session={token}"})
        language = await browser.get("/language/fi", params={"to": "/sign-in"})
        out = await browser.post("/sign-out", headers={"Cookie": f"__Host-safehand_session={token}"})

    assert cookie.startswith("__Host-safehand_session=")
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= {part.strip().lower() for part in cookie.split(";")}
    assert (inside.status_code, planted.status_code) == (200, 303)
    assert language.headers.get("set-cookie", "__Host-").startswith("__Host-")
    assert out.headers["set-cookie"].startswith('__Host-safehand_session="";')
    assert out.headers["clear-site-data"] == '"cache", "storage"'


def test_a_cookie_of_one_path_is_bound_to_tls_and_others_are_left_alone() -> None:
    assert prefixed(b"safehand_link=k; Path=/t/123; Secure") == b"__Secure-safehand_link=k; Path=/t/123; Secure"
    assert prefixed(b"other=1; Path=/") == b"other=1; Path=/"
    assert plain(b"a=1; __Secure-safehand_link=k; safehand_session=x;__Host-safehand_done=y") == (
        b"a=1; safehand_link=k; safehand_done=y"
    )
    assert plain(b"__Host-safehand_session=1; safehand_session=2") == b"safehand_session=1"
