import pytest
from biip.gs1_messages import GS1Message
from hypothesis import given
from hypothesis import strategies as st

from safehand.labels.elements import TEXT_CHARS_MAX, parse_bracketed, parse_raw
from safehand.labels.errors import ElementInvalid
from tests.labels.gs1_vectors import syntax_vectors
from tests.labels.samples import SSCC

# Coupons, and the company prefix within a key, are none that a carrier has a use for.
WITHOUT_OUR_RULES = ("(8110)", "(8112)", "(7023)")


def test_a_scan_is_told_by_identifier() -> None:
    assert parse_raw(f"00{SSCC}42000260\x1d10LOT-7\x1d15261122") == {
        "00": SSCC,
        "420": "00260",
        "10": "LOT-7",
        "15": "261122",
    }


def test_without_the_fnc1_that_ends_a_postal_code_all_behind_it_belongs_to_it() -> None:
    assert parse_raw("4200026010LOT-7") == {"420": "0026010LOT-7"}


def test_a_leading_and_a_closing_fnc1_change_nothing() -> None:
    assert parse_raw(f"\x1d00{SSCC}\x1d") == parse_raw(f"00{SSCC}") == {"00": SSCC}


def test_brackets_say_the_same_as_the_raw_string() -> None:
    assert parse_bracketed(f"(00){SSCC}(420)00260(10)A\\(1)") == {"00": SSCC, "420": "00260", "10": "A(1)"}


@pytest.mark.parametrize(
    ("raw", "why", "position"),
    [
        ("", "empty", 1),
        ("\x1d", "empty", 1),
        (f"00{SSCC[:-1]}9", "check_digit", 3),
        (f"00{SSCC}10", "missing_value", 23),
        (f"00{SSCC}10A\x1d10B", "repeated", 27),
        ("0061414", "length", 3),
        ("10" + "A" * 21, "length", 3),
        ("10Ä", "character", 3),
        ("011234567890123x", "character", 3),
        ("89ABC", "unknown_identifier", 1),
        ("17261301", "date", 3),
        ("17260230", "date", 3),
        ("11990229", "date", 3),
        ("4326261100", "date", 5),
        ("43242611222460", "time", 5),
        ("42100100260", "country", 4),
        ("4307QQ", "country", 5),
        ("4301%C3%A", "percent_sequence", 5),
        ("430918000000010000000000", "latitude", 5),
        ("430918000000003600000001", "longitude", 5),
        ("43212", "yes_no", 5),
        ("4331000500+", "hyphen", 5),
        ("8003106141411234561", "zero", 5),
        ("8006061414112345670401", "check_digit", 5),
        ("8006006141411234520401", "piece_of_total", 5),
        ("1" * (TEXT_CHARS_MAX + 1), "too_long", TEXT_CHARS_MAX + 1),
    ],
)
def test_what_is_wrong_is_said_with_its_place(raw: str, why: str, position: int) -> None:
    with pytest.raises(ElementInvalid) as refused:
        parse_raw(raw)
    assert (refused.value.why, refused.value.params["position"]) == (why, position)


@pytest.mark.parametrize(
    "raw",
    [
        "17260200",
        "10A-1/B",
        "3103001250",
        "43211",
        "4331000500-",
        "43242611220900",
        "430118%20X",
        "424246",
        "40264141411234567890",
    ],
)
def test_good_values_pass(raw: str) -> None:
    assert len(parse_raw(raw)) == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("x(00)1", "brackets"),
        ("(0)1", "brackets"),
        ("(89)1", "unknown_identifier"),
        ("(0010)1", "unknown_identifier"),
    ],
)
def test_bad_brackets_are_refused(text: str, why: str) -> None:
    with pytest.raises(ElementInvalid) as refused:
        parse_bracketed(text)
    assert refused.value.why == why


@given(st.text(st.characters(codec="utf-8"), max_size=60) | st.text("0123456789\x1d()", max_size=60))
def test_whatever_is_scanned_is_told_or_refused(scanned: str) -> None:
    for parse in (parse_raw, parse_bracketed):
        try:
            found = parse(scanned)
        except ElementInvalid:
            continue
        assert found


def test_gs1s_own_examples_of_brackets_are_read_as_they_should_be() -> None:
    for vector in syntax_vectors("parse_bracketed"):
        if vector["ok"]:
            raw = vector["unbracketed"].replace("^", "\x1d")
            assert parse_bracketed(vector["bracketed"]) == parse_raw(raw)
        else:
            with pytest.raises(ElementInvalid):
                parse_bracketed(vector["bracketed"])


def test_gs1s_own_examples_of_raw_strings_are_read_as_they_should_be() -> None:
    for vector in syntax_vectors("parse_unbracketed"):
        raw = vector["unbracketed"].replace("^", "\x1d")
        if vector["ok"]:
            assert parse_raw(raw)
        elif raw.startswith("\x1d") or not raw:  # the leading FNC1 is the symbol's business, and gone after the scanner
            with pytest.raises(ElementInvalid):
                parse_raw(raw)


def test_gs1s_own_examples_of_bad_values_are_refused() -> None:
    judged = 0
    for vector in syntax_vectors("ai_linters"):
        if vector["bracketed"].startswith(WITHOUT_OUR_RULES):
            continue
        judged += 1
        if vector["expect"] == "OK":
            assert parse_bracketed(vector["bracketed"])
        else:
            with pytest.raises(ElementInvalid):
                parse_bracketed(vector["bracketed"])
    assert judged == 16


postal_codes = st.from_regex(r"[0-9A-Z]{1,20}", fullmatch=True)
lots = st.from_regex(r"[0-9A-Za-z/-]{1,20}", fullmatch=True)


@given(postal_codes, lots, st.integers(0, 999_999))
def test_another_reader_splits_the_same_string_alike(postal_code: str, lot: str, weight: int) -> None:
    raw = f"00{SSCC}420{postal_code}\x1d3302{weight:06}10{lot}"
    theirs = GS1Message.parse(raw)
    assert parse_raw(raw) == {element.ai.ai: element.value for element in theirs.element_strings}
