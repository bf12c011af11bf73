import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.labels.epc_tags import LAYOUTS, TAG_BITS_MAX, read_tag
from safehand.labels.errors import ElementInvalid, EpcInvalid, TagInvalid
from tests.labels.gs1_vectors import gs1_file

SSCC_TAG = "3174257BF4499602D2000000"


def test_the_standards_own_tags_are_read_as_it_says() -> None:
    vectors = json.loads(gs1_file("epc_tds_vectors.json").read_text())["vectors"]
    schemes = {layout.name for layout in LAYOUTS.values()}
    judged = [vector for vector in vectors if vector["scheme"] in schemes]
    assert {vector["scheme"] for vector in judged} == schemes
    assert [read_tag(vector["hex"]).name for vector in judged] == [vector["pure_identity"] for vector in judged]


def test_a_cages_tag_says_the_same_as_its_label() -> None:
    assert read_tag(SSCC_TAG).told_in_elements() == {"00": "106141412345678908"}


@pytest.mark.parametrize(
    ("memory", "why"),
    [
        ("", "hexadecimal"),
        ("0x31", "hexadecimal"),
        ("30" * (TAG_BITS_MAX // 8 + 1), "hexadecimal"),
        ("FF" + SSCC_TAG[2:], "header"),
        ("317C" + SSCC_TAG[4:], "partition"),
        (SSCC_TAG[:16], "length"),
        ("3163FFFFFFFFFFFFFF000000", "digits"),
        ("3674257BF6B7A659B2C2BF1000000000000000000000FF0000", "characters"),
    ],
)
def test_memory_that_is_no_tag_is_refused_by_its_rule(memory: str, why: str) -> None:
    with pytest.raises(TagInvalid) as refused:
        read_tag(memory)
    assert refused.value.params["why"] == why


@given(st.sampled_from(sorted(LAYOUTS)), st.integers(0, 2**190 - 1))
def test_whatever_a_reader_hears_is_an_epc_or_a_refusal(header: int, rest: int) -> None:
    try:
        told = read_tag(f"{header:02X}{rest:048X}")
    except (TagInvalid, EpcInvalid, ElementInvalid):
        return
    assert told.name.startswith("urn:epc:id:")
