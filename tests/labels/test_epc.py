import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.labels.epc import ANY, PREFIX_DIGITS, SCHEMES, Epc, Scheme, epc_of, read_epc
from safehand.labels.errors import ElementInvalid, EpcInvalid

SERIALS = st.text("ABCxyz019-!%/&.", min_size=1, max_size=12)
CAPITALS = st.text("ABC019-/#", min_size=1, max_size=12)


@st.composite
def epcs(draw: st.DrawFn) -> Epc:
    """Any EPC of any scheme."""
    scheme = draw(st.sampled_from(list(SCHEMES.values())))
    prefix = draw(st.text("0123456789", min_size=PREFIX_DIGITS[0], max_size=PREFIX_DIGITS[-1]))
    if scheme.digits is None:
        reference = draw(CAPITALS if scheme.name == "cpi" else SERIALS)
    else:
        count = scheme.digits - len(prefix)
        reference = draw(st.text("0123456789", min_size=count, max_size=count))
    return Epc(scheme, prefix, reference, "0103" if scheme.name == "itip" else "", draw(_serial(scheme)))


def _serial(scheme: Scheme) -> st.SearchStrategy[str | None]:
    if scheme.serial is None:
        return st.none()
    if scheme.name in ("sgcn", "cpi"):
        return st.from_regex(r"[1-9][0-9]{0,11}", fullmatch=True)
    return SERIALS


@given(epcs())
def test_an_epc_reads_back_from_its_name_and_from_the_element_string_that_says_the_same(told: Epc) -> None:
    assert read_epc(told.name) == told
    assert epc_of(told.told_in_elements(), len(told.prefix)) == told


def test_the_standards_own_example_says_what_the_label_says() -> None:
    assert read_epc("urn:epc:id:sscc:0614141.1234567890").told_in_elements() == {"00": "106141412345678908"}
    assert read_epc("urn:epc:id:sgtin:0614141.812345.6789").told_in_elements() == {"01": "80614141123458", "21": "6789"}


def test_a_pattern_stands_for_all_of_its_class() -> None:
    pattern = read_epc("urn:epc:idpat:sgtin:0614141.812345.*")
    assert pattern.serial == ANY
    assert pattern.told_in_elements() == {"01": "80614141123458"}
    assert epc_of({"01": "80614141123458"}, 7) == pattern


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("urn:epc:id:sscc", "form"),
        ("urn:epc:id:sscc:" + "1" * 200, "form"),
        ("urn:epc:id:pigeon:0614141.1", "scheme"),
        ("urn:epc:class:sgtin:0614141.812345.1", "scheme"),
        ("urn:epc:idpat:sscc:0614141.*", "scheme"),
        ("urn:epc:id:sgtin:0614141.812345", "parts"),
        ("urn:epc:idpat:sgtin:0614141.812345.6789", "pattern"),
        ("urn:epc:id:sscc:06141.123456789012", "prefix_length"),
        ("urn:epc:id:sscc:061414X.1234567890", "prefix_length"),
        ("urn:epc:id:sscc:0614141.123456789", "length"),
        ("urn:epc:id:sscc:0614141.12345678X0", "digits"),
        ("urn:epc:id:itip:0614141.812345.1.02.9", "piece"),
        ("urn:epc:id:sgtin:0614141.812345.", "serial"),
        ("urn:epc:id:sgtin:0614141.812345." + "1" * 21, "serial"),
    ],
)
def test_what_is_no_epc_is_refused_by_its_rule(name: str, why: str) -> None:
    with pytest.raises(EpcInvalid) as refused:
        read_epc(name)
    assert refused.value.params["why"] == why


@pytest.mark.parametrize(("found", "digits"), [({"00": "106141412345678908"}, 5), ({"420": "00260"}, 7)])
def test_elements_that_make_no_epc_are_refused(found: dict[str, str], digits: int) -> None:
    with pytest.raises(EpcInvalid):
        epc_of(found, digits)


@given(
    st.text(max_size=60).map(lambda tail: f"urn:epc:id:{tail}") | st.text("urn:epcidsgtno0123456789.*%/", max_size=60)
)
def test_whatever_name_is_given_is_told_or_refused(name: str) -> None:
    try:
        told = read_epc(name)
    except (EpcInvalid, ElementInvalid):
        return
    assert read_epc(told.name) == told
