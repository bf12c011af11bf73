"""Forms and the addresses they lead to."""

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safehand.surfaces.web.forms import FORM_BYTES_MAX, local_path
from tests.asvs import asvs

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@asvs("1.2.2", "3.7.2")
@given(st.text(max_size=60))
@example("//evil.example")
@example("/\\evil.example")
@example("https://evil.example/")
@example("/%0d%0aSet-Cookie: a=b")
@example("javascript:alert(1)")
@example("/parcels?q=SH%207344&state=held")
def test_a_way_on_never_leads_away(asked: str) -> None:
    way = local_path(asked)

    assert way.startswith("/")
    assert not way.startswith("//")
    assert "\\" not in way
    assert way.isprintable()
    assert way in {asked, "/"}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"login=" + b"a" * FORM_BYTES_MAX, FORM, 413),
        (b"&".join(b"f%d=1" % index for index in range(50)), FORM, 400),
        (b"login=%ff%fe&password=x", FORM, 400),
        (b"\xff\xfe", FORM, 400),
        (b'{"login": "ritva"}', {"Content-Type": "application/json"}, 400),
        (b"", {}, 400),
    ],
    ids=["too long", "too many fields", "not UTF-8", "not ASCII", "not a form", "nothing"],
)
async def test_what_is_no_form_is_refused_as_a_page(
    anybody: httpx.AsyncClient, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await anybody.post("/sign-in", content=body, headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
