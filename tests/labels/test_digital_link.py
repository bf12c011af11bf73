import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.labels.digital_link import make, parse
from safehand.labels.elements import parse_raw
from safehand.labels.errors import LinkInvalid
from tests.labels.gs1_vectors import syntax_vectors
from tests.labels.samples import SSCC

# The words "sscc", "gtin" ... in place of numbers left the standard with version 1.1.
BEFORE_1_1 = ("https://a/sscc/", "https://a/cps/")


@pytest.mark.parametrize(
    ("origin", "link"),
    [
        ("https://parcels.example", f"https://parcels.example/00/{SSCC}"),
        ("HTTPS://Parcels.Example/", f"https://parcels.example/00/{SSCC}"),
        ("parcels.example:8443", f"https://parcels.example:8443/00/{SSCC}"),
        ("http://127.0.0.1:8000", f"http://127.0.0.1:8000/00/{SSCC}"),
    ],
)
def test_a_label_links_to_the_parcel_at_the_carriers_own_origin(origin: str, link: str) -> None:
    assert make(origin, SSCC) == link
    assert parse(link) == {"00": SSCC}


NO_ORIGINS = [
    "",
    "https://",
    "javascript://x",
    "https://a/b",
    "https://a?b",
    "https://u@a",
    "https://a..b",
    "https://-a",
]
NO_ORIGINS += ["https://ä.fi", "https://" + "a" * 60, "https://a^XA", "https://a:123456"]


@pytest.mark.parametrize("origin", NO_ORIGINS)
def test_an_origin_that_is_none_is_refused(origin: str) -> None:
    with pytest.raises(LinkInvalid):
        make(origin, SSCC)


def test_gs1s_own_examples_of_links_are_read_as_they_should_be() -> None:
    judged = 0
    suppressed = {
        vector["uri"] for vector in syntax_vectors("digital_link_parse") if vector["ok"] and "/01/" in vector["uri"]
    }
    for vector in syntax_vectors("digital_link_parse"):
        uri = vector["uri"]
        if uri.startswith(BEFORE_1_1) or (
            not vector["ok"] and (uri in suppressed or uri.endswith("/01/2112345678900"))
        ):
            continue  # told twice: with leading zeros of a GTIN allowed to be missing, as here, and without
        judged += 1
        if vector["ok"]:
            assert parse(uri) == parse_raw(vector["unbracketed"].replace("^", "\x1d")), uri
        else:
            with pytest.raises(LinkInvalid):
                parse(uri)
    assert judged > 40


def test_gs1s_own_examples_of_made_links_are_read() -> None:
    for vector in syntax_vectors("digital_link_generate"):
        if vector["ok"] and "8010" not in vector["uri"]:
            assert parse(vector["uri"])


@given(st.text(max_size=80).map(lambda tail: "https://a/" + tail) | st.text(max_size=80))
def test_whatever_address_is_given_is_told_or_refused(address: str) -> None:
    try:
        found = parse(address)
    except LinkInvalid:
        return
    assert found


def test_a_link_with_a_wrong_check_digit_is_no_link_to_a_parcel() -> None:
    with pytest.raises(LinkInvalid) as refused:
        parse(f"https://parcels.example/00/{SSCC[:-1]}9")
    assert refused.value.params["why"] == "check_digit"


def test_an_endless_address_is_refused_unread() -> None:
    with pytest.raises(LinkInvalid):
        parse("https://a/00/" + "0" * 5000)
