"""Reading a log from a web address: patient with a busy server, strict with a strange one."""

import socket

import pytest

from safehand.ledger.refusals import Unusable
from safehand.ledger.source import SourceUnusable
from safehand.ledger.verification import Verdict, verify_log
from safehand.ledger.web_source import FETCHES_AHEAD, FETCHES_AT_ONCE, TRIES_MAX, UrlSource
from tests.asvs import asvs
from tests.ledger.logs import a_key, entries_for, plain_log
from tests.ledger.serving import Site, served

FILES = plain_log(entries_for(700), a_key())


def verdict_of(site: Site, path: str = "") -> Verdict:
    source = UrlSource.open(site.url + path, first_pause_s=0.01)
    try:
        return verify_log(source, a_key().verifier)
    finally:
        source.close()


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_served_log_is_accepted(slash: str) -> None:
    with served(FILES) as site:
        assert verdict_of(site, slash).line.startswith("ok 700 ")
        assert set(site.asked.values()) == {1}


def test_a_log_of_many_tiles_is_read_ahead_and_in_order() -> None:
    assert FETCHES_AHEAD > FETCHES_AT_ONCE
    with served(plain_log(entries_for(256 * FETCHES_AHEAD * 2 + 3), a_key())) as site:
        assert verdict_of(site).ok
        assert set(site.asked.values()) == {1}


def test_a_partial_tile_that_is_gone_is_taken_from_the_full_one() -> None:
    grown = plain_log(entries_for(1000), a_key())
    wider = {path: grown[path] for path in ("tile/0/002", "tile/entries/002")}
    with served({path: raw for path, raw in FILES.items() if not path.endswith("/188")} | wider) as site:
        assert verdict_of(site).ok


@pytest.mark.parametrize("fault", ["429", "500", "502", "503", "504", "cut"])
@pytest.mark.parametrize("path", ["checkpoint", "tile/0/001", "tile/entries/002.p/188"])
def test_a_server_that_stumbles_is_asked_again(fault: str, path: str) -> None:
    with served(FILES, **{path: [fault] * (TRIES_MAX - 1)}) as site:
        assert verdict_of(site).ok
        assert site.asked[path] == TRIES_MAX


@pytest.mark.parametrize("fault", ["503", "cut", "403", "401", "204"])
def test_a_server_that_does_not_answer_says_nothing_about_the_log(fault: str) -> None:
    with served(FILES, **{"tile/entries/001": [fault] * TRIES_MAX}) as site, pytest.raises(Unusable):
        verdict_of(site)


def test_redirects_and_compression_are_followed() -> None:
    with served(FILES, **{"tile/0/001": ["redirect"], "tile/entries/001": ["gzip"]}) as site:
        assert verdict_of(site).ok


@pytest.mark.parametrize("fault", ["brotli", "garbled"])
def test_an_encoding_that_was_not_asked_for_is_not_guessed(fault: str) -> None:
    with served(FILES, **{"tile/0/001": [fault]}) as site, pytest.raises(Unusable):
        verdict_of(site)


def test_a_packed_answer_that_ends_early_is_asked_for_again() -> None:
    with served(FILES, **{"tile/0/001": ["half"]}) as site:
        assert verdict_of(site).ok
        assert site.asked["tile/0/001"] == 2


@asvs("5.2.3")
def test_a_circle_of_redirects_ends() -> None:
    with served(FILES, checkpoint=["redirect"] * 200) as site, pytest.raises(Unusable):
        verdict_of(site)


@asvs("5.2.3")
def test_a_bomb_is_not_unpacked() -> None:
    with served(FILES, **{"tile/0/001": ["bomb"]}) as site:
        assert verdict_of(site).line == "bad tile tile/0/001: more than 8192 bytes"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("tile/0/001", "bad tile tile/0/001: tile/0/001 is missing"),
        ("tile/entries/002.p/188", "bad entry 512: tile/entries/002.p/188 is missing"),
    ],
)
def test_a_missing_file_is_named(path: str, line: str) -> None:
    with served({name: raw for name, raw in FILES.items() if name != path}) as site:
        assert verdict_of(site).line == line


def test_no_log_there_is_unusable() -> None:
    with served({}) as site, pytest.raises(Unusable, match="no log there"):
        verdict_of(site)


def test_nobody_there_is_unusable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unusable):
            verdict_of(Site({}, url=f"http://127.0.0.1:{taken.getsockname()[1]}"))


@pytest.mark.parametrize("url", ["http://", "http://[", "https:///log", "http://a b"])
def test_what_is_no_address_is_unusable(url: str) -> None:
    with pytest.raises((SourceUnusable, Unusable)):
        verdict_of(Site({}, url=url))
