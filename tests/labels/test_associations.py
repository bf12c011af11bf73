import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.labels.associations import excludes, hold_together, needs
from safehand.labels.elements import parse_bracketed
from safehand.labels.errors import ElementAlone, ElementsApart
from safehand.labels.identifiers import table
from tests.labels.gs1_vectors import gs1_file
from tests.labels.samples import SSCC

_LINE = re.compile(r"(\d{2,4})(?:-(\d{2,4}))?\s+[*?]*\s+([NXYZ\[].*)")


def test_the_tables_say_what_gs1s_syntax_dictionary_says() -> None:
    met = 0
    for line in gs1_file("syntax-dictionary/gs1-syntax-dictionary.txt").read_text("utf-8").splitlines():
        if not (found := _LINE.match(line)):
            continue
        told = dict(re.findall(r"(req|ex)=(\S+)", found[3].split("#")[0]))
        for number in range(int(found[1]), int(found[2] or found[1]) + 1):
            identifier = f"{number:0{len(found[1])}}"
            assert sorted(needs(identifier)) == sorted(filter(None, told.get("req", "").split(","))), identifier
            assert sorted(excludes(identifier)) == sorted(filter(None, told.get("ex", "").split(","))), identifier
            met += 1
    assert met == len(table())


def test_a_good_logistic_label_holds_together_until_the_count_is_taken_off() -> None:
    label = parse_bracketed(f"(00){SSCC}(02)12345678901231(37)24(3302)001250(420)00260(4321)1")
    hold_together(label)
    del label["37"]
    with pytest.raises(ElementAlone):
        hold_together(label)


@pytest.mark.parametrize(
    ("text", "identifier", "needed"),
    [
        ("(02)12345678901231(37)24", "37", "00+02, 00+8026"),
        (f"(00){SSCC}(02)12345678901231", "02", "37"),
        ("(21)ABC", "21", "01, 03, 8006"),
        ("(3302)001250", "3302", "00, 01"),
        ("(8003)01234567890128(8030)ABC", "8030", "(8003) with its serial"),
    ],
)
def test_what_says_nothing_alone_is_told_with_what_it_needs(text: str, identifier: str, needed: str) -> None:
    with pytest.raises(ElementAlone) as refused:
        hold_together(parse_bracketed(text))
    assert refused.value.params == {"identifier": identifier, "needs": needed}


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("(01)12345678901231(02)12345678901231", "02", "01"),
        (f"(00){SSCC}(3302)001250(3303)001250", "3302", "3303"),
        (f"(00){SSCC}(4330)000500(4331)000500", "4330", "4331"),
    ],
)
def test_what_excludes_each_other_is_told_as_a_pair(text: str, one: str, other: str) -> None:
    with pytest.raises(ElementsApart) as refused:
        hold_together(parse_bracketed(text))
    assert refused.value.params == {"identifier": one, "other": other}


@given(st.lists(st.sampled_from(sorted(table())), max_size=6, unique=True))
def test_the_order_of_a_string_never_decides_whether_it_holds_together(identifiers: list[str]) -> None:
    def holds(order: list[str]) -> bool:
        try:
            hold_together(dict.fromkeys(order, "1"))
        except (ElementAlone, ElementsApart):
            return False
        return True

    assert holds(identifiers) == holds(identifiers[::-1])
