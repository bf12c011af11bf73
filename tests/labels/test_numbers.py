import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.labels.errors import NumberPartInvalid, NumberUnreadable, WrongCheckDigit, WrongLength
from safehand.labels.numbers import (
    INPUT_CHARS_MAX,
    Kind,
    Number,
    make_s10,
    make_sscc,
    make_tracking,
    new_tracking,
    read_number,
)
from tests.labels.gs1_vectors import gs1_file
from tests.labels.samples import S10, SSCC, TRACKING

sscc_numbers = st.builds(
    lambda extension, prefix, serial: make_sscc(extension, prefix, serial % 10 ** (16 - len(prefix))),
    st.integers(0, 9),
    st.text("0123456789", min_size=4, max_size=12),
    st.integers(0, 10**12),
)
tracking_numbers = st.builds(make_tracking, st.integers(0, 10**11 - 1))
s10_numbers = st.builds(
    make_s10,
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2),
    st.integers(0, 10**8 - 1),
    st.sampled_from(["FI", "SE", "US", "EE"]),
)
any_number = (
    st.builds(Number, st.just(Kind.SSCC), sscc_numbers)
    | st.builds(Number, st.just(Kind.TRACKING), tracking_numbers)
    | st.builds(Number, st.just(Kind.S10), s10_numbers)
)


@given(any_number, st.randoms())
def test_however_people_space_a_number_it_reads_as_the_same(number: Number, dice: object) -> None:
    said = "".join(char + dice.choice(["", "", " ", "-", " – ", "."]) for char in number.text)  # type: ignore[attr-defined]
    assert read_number(f"  {said.lower()}\n") == number
    assert read_number(number.grouped) == number


@given(any_number, st.integers(0, 20), st.sampled_from("0123456789"))
def test_a_wrong_digit_is_never_taken_for_another_number(number: Number, at: int, other: str) -> None:
    at %= len(number.text)
    misread = number.text[:at] + other + number.text[at + 1 :]
    if misread == number.text or not number.text[at].isdigit():
        return
    if number.kind is Kind.S10 and number.text[10] in "05":
        return  # two remainders share each of these digits: UPU's arithmetic cannot tell
    with pytest.raises((WrongCheckDigit, NumberUnreadable)):
        read_number(misread)


@given(st.text(max_size=600))
def test_whatever_is_typed_is_a_number_or_a_refusal_in_words(typed: str) -> None:
    try:
        number = read_number(typed)
    except (NumberUnreadable, WrongLength, WrongCheckDigit, NumberPartInvalid) as refused:
        longest = max(len(str(param)) for param in refused.params.values())
    else:
        longest = 0
        assert read_number(number.text) == number
    assert longest <= 60


@pytest.mark.parametrize(
    "given",
    [
        SSCC,
        f"(00){SSCC}",
        f"(00) {SSCC[:1]} {SSCC[1:8]} {SSCC[8:]}",
        f"00{SSCC}",
        f"]C100{SSCC}",
        f"]d200{SSCC}",
        f"\x1d00{SSCC}",
        f"]C100{SSCC}400ORDER1\x1d10AB",
        f"(00){SSCC}(400)ORDER1",
        f"(400)ORDER1(00){SSCC}",
        f"https://parcels.example/00/{SSCC}",
        f"HTTPS://PARCELS.EXAMPLE/some/stem/00/{SSCC}?10=AB",
        "".join(chr(ord(digit) + 0xFEE0) for digit in SSCC),  # full-width, from a Japanese keyboard
    ],
)
def test_an_sscc_is_read_in_every_form_it_comes_in(given: str) -> None:
    assert read_number(given) == Number(Kind.SSCC, SSCC)


@pytest.mark.parametrize(
    "given",
    [
        TRACKING,
        TRACKING[2:],
        "sh 4829-1057-3345",
        f"https://parcels.example/t/{TRACKING}",
        f"https://parcels.example/t/{TRACKING.lower()}?k=abcdefghijklmnopqrstuv",
    ],
)
def test_a_tracking_number_is_read_in_every_form_it_comes_in(given: str) -> None:
    assert read_number(given) == Number(Kind.TRACKING, TRACKING)


def test_a_wrong_check_digit_says_which_was_expected_and_where() -> None:
    with pytest.raises(WrongCheckDigit) as refused:
        read_number("(00) 0 0614141 123456789 9")
    assert refused.value.params == {
        "kind": "SSCC",
        "given": "006141411234567899",
        "found": "9",
        "expected": "0",
        "position": 18,
    }

    with pytest.raises(WrongCheckDigit) as refused:
        read_number("RB 123 456 786 US")
    assert (refused.value.params["expected"], refused.value.params["position"]) == ("5", 11)

    with pytest.raises(WrongCheckDigit) as refused:
        read_number(TRACKING[:-1] + "9")
    assert (refused.value.params["expected"], refused.value.params["position"]) == (TRACKING[-1], 14)


@pytest.mark.parametrize(
    "given", [f"]C100{SSCC[:-1]}9400ORDER1", f"https://a/00/{SSCC[:-1]}9", f"(00){SSCC[:-1]}9(10)A"]
)
def test_a_wrong_check_digit_is_told_whatever_it_is_wrapped_in(given: str) -> None:
    with pytest.raises(WrongCheckDigit) as refused:
        read_number(given)
    assert refused.value.params["expected"] == SSCC[-1]


@pytest.mark.parametrize(
    ("given", "kind", "expected"),
    [
        (SSCC[:-1], "SSCC", 18),
        (SSCC + "1", "SSCC", 18),
        (TRACKING[:-1], "tracking", 14),
        (S10[:4] + S10[5:], "S10", 13),
    ],
)
def test_a_number_with_a_digit_too_few_or_too_many_says_how_many_there_should_be(
    given: str, kind: str, expected: int
) -> None:
    with pytest.raises(WrongLength) as refused:
        read_number(given)
    assert (refused.value.params["kind"], refused.value.params["expected"]) == (kind, expected)


NO_NUMBERS = ["", " ", "(00)", "hello", "1Z5R89390357567127", "(10)LOT", "]C1", "]C110LOT", "https://", "https://["]
NO_NUMBERS += ["http://a/t/", "1" * (INPUT_CHARS_MAX + 1), "(00)(00)", "00" + "x" * 30, "\x1d", "SH", "٠" * 14]


@pytest.mark.parametrize("given", NO_NUMBERS)
def test_what_is_no_number_of_ours_is_refused(given: str) -> None:
    with pytest.raises(NumberUnreadable):
        read_number(given)


def test_an_s10_number_names_a_country_that_exists() -> None:
    with pytest.raises(NumberPartInvalid):
        read_number("RB123456785QQ")


@pytest.mark.parametrize(
    ("extension", "prefix", "serial"),
    [(10, "6414141", 1), (-1, "6414141", 1), (0, "641", 1), (0, "6" * 13, 1), (0, "64x4141", 1), (0, "6414141", 10**9)],
)
def test_an_sscc_is_not_made_from_parts_that_do_not_fit(extension: int, prefix: str, serial: int) -> None:
    with pytest.raises(NumberPartInvalid):
        make_sscc(extension, prefix, serial)


@pytest.mark.parametrize(
    ("service", "serial", "country"), [("ce", 1, "FI"), ("C", 1, "FI"), ("CE", 10**8, "FI"), ("CE", 1, "QQ")]
)
def test_an_s10_number_is_not_made_from_parts_that_do_not_fit(service: str, serial: int, country: str) -> None:
    with pytest.raises(NumberPartInvalid):
        make_s10(service, serial, country)


@pytest.mark.parametrize("serial", [-1, 10**11])
def test_a_tracking_number_is_not_made_from_a_serial_that_does_not_fit(serial: int) -> None:
    with pytest.raises(NumberPartInvalid):
        make_tracking(serial)


def test_new_tracking_numbers_do_not_follow_one_another() -> None:
    drawn = sorted(int(new_tracking()[2:-1]) for _ in range(200))
    gaps = [later - earlier for earlier, later in pairwise(drawn)]
    assert min(gaps) > 1
    assert drawn[-1] - drawn[0] > 10**10


def test_numbers_are_grouped_for_the_eye() -> None:
    assert read_number(TRACKING).grouped == "SH 4829 1057 3345"
    assert read_number(S10).grouped == "CE 123 456 785 FI"
    assert read_number(SSCC).grouped == "3641 4141 1234 5678 91"


def test_other_carriers_s10_and_sscc_numbers_are_read_as_they_should_be() -> None:
    ours = {"s10": Kind.S10, "fedex_ground_sscc_18": Kind.SSCC}
    told = json.loads(gs1_file("tracking_numbers.json").read_text())["vectors"]
    judged = 0
    for vector in told:
        if vector["format"] not in ours:
            continue
        judged += 1
        if vector["valid"]:
            assert read_number(vector["number"]).kind is ours[vector["format"]]
        else:
            with pytest.raises(WrongCheckDigit):
                read_number(vector["number"])
    assert judged == 4


def test_ssccs_are_made_from_the_company_prefix_and_serial_that_their_epc_names() -> None:
    told = json.loads(gs1_file("identifiers.json").read_text())["convert"]
    pairs = [(vector["input"], vector["expected"]) for vector in told if "urn:epc:id:sscc:" in vector["input"]]
    assert len(pairs) == 2
    for urn, link in pairs:
        prefix, serial = urn.rpartition(":")[2].split(".")
        assert make_sscc(int(serial[0]), prefix, int(serial[1:])) == link[-18:]
