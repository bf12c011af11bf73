"""The look: a page loads only what it uses, and a file's address changes with its content."""

import gzip
import re
from importlib.resources import files

import httpx
import pytest

from safehand.surfaces.web.look import SHEETS, compose, load_look
from tests.asvs import asvs
from tests.surfaces import day
from tests.surfaces.fakes import TOKEN

DEFINED = re.compile(r"(?<![\w-])(--[a-z0-9-]+):")
USED = re.compile(r"var\((--[a-z0-9-]+)")
CLASS = re.compile(r"\.(-?[a-z][a-z0-9-]*)(?![^{]*\.css)")
BY_LINK = (f"/t/{day.BOX_NUMBERS.tracking}?k={TOKEN}", f"/t/{day.DONE_NUMBERS.tracking}?k={TOKEN}")
BY_NUMBER = (f"/t/{day.CALM_NUMBERS.tracking}", "/t/SH000000000001", "/t/SH000000000000")


def classes(sheet: str) -> set[str]:
    """Class names in a sheet's selectors."""
    bare = re.sub(r"url\([^)]*\)|\d\.\d+", "", sheet)
    selectors = re.findall(r"([^{};]+)\{", bare)
    return {name for selector in selectors if "@" not in selector for name in CLASS.findall(selector)}


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_sheet_has_every_token_that_it_uses_and_no_other(sheet: str) -> None:
    composed = compose(sheet)
    defined, used = set(DEFINED.findall(composed)), set(USED.findall(composed))

    assert defined - used == set()
    assert used - defined - {"--behind"} == set()  # the coupon's ground may be given by a page and need not
    assert composed.count("{") == composed.count("}")
    assert "/*" not in composed


async def test_the_recipients_sheet_has_nothing_that_no_page_of_theirs_uses(anybody: httpx.AsyncClient) -> None:
    pages = ""
    for path in BY_LINK + BY_NUMBER:
        anybody.cookies.clear()
        pages += (await anybody.get(path, follow_redirects=True)).text
        if path in BY_LINK:
            pages += (await anybody.get(f"{path.partition('?')[0]}/data")).text
    worn = {name for names in re.findall(r'class="([^"]*)"', pages) for name in names.split()}

    unused = classes(compose("recipient")) - worn
    only_at_times = {
        "small",
        "next",
        "quiet",
        "grave",
        "chip",
        "loud",
        "big",
        "figure",
        "label",
        "ev",
        "bad",
        "done",
        "ahead",
        "timed",
    }
    assert unused <= only_at_times
    assert len(gzip.compress(compose("recipient").encode())) < 6_500


def test_every_part_of_the_look_is_on_the_page_of_parts() -> None:
    parts = {entry.name.removesuffix(".css") for entry in (files("safehand.surfaces.web") / "static/parts").iterdir()}

    assert parts - {"recipient-page", "verify-page", "depot-page", "map-page"} == set(SHEETS["parts"])


async def test_an_asset_is_kept_for_ever_and_packed_on_request(anybody: httpx.AsyncClient) -> None:
    look = load_look()
    packed = await anybody.get(look.url("staff.css"), headers={"Accept-Encoding": "gzip"})
    plain = await anybody.get(look.url("staff.css"), headers={"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text == compose("staff")
    assert "immutable" in plain.headers["cache-control"]
    assert plain.headers["content-type"].startswith("text/css")


@asvs("5.3.2", "13.2.5")
@pytest.mark.parametrize("path", ["/look/0000000000000000/staff.css", "/look/x/../../etc/passwd", "/look/x/live.js"])
async def test_an_asset_under_another_hash_is_not_there(anybody: httpx.AsyncClient, path: str) -> None:
    assert (await anybody.get(path)).status_code == 404


def test_no_part_names_an_address_or_a_style_attribute() -> None:
    for sheet in SHEETS:
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|expression\(", compose(sheet))
    templates = files("safehand.surfaces.web") / "templates"
    for folder in (templates, templates / "staff", templates / "recipient", templates / "depot"):
        for page in folder.iterdir():
            if page.name.endswith(".html"):
                text = page.read_text("utf-8")
                assert not re.search(r"\sstyle=|<style|<script(?! src=)|\son[a-z]+=|\|\s*safe", text), page.name
