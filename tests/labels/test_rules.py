import pytest

from safehand.labels.elements import parse_raw
from safehand.labels.errors import ElementInvalid
from safehand.labels.rules import RULES
from tests.labels.gs1_vectors import syntax_vectors

# The name that GS1's dictionary has for each rule of ours.
NAMES = {
    "csum": "check",
    "yymmdd": "date",
    "yymmd0": "date0",
    "hhmi": "time",
    "iso3166": "country",
    "iso3166alpha2": "country2",
    "iso3166999": "country999",
    "pcenc": "percent",
    "longitude": "longitude",
    "zero": "zero",
    "nonzero": "nonzero",
    "pieceoftotal": "piece",
}
LENGTHS = {
    "yymmdd": 6,
    "yymmd0": 6,
    "hhmi": 4,
    "iso3166": 3,
    "iso3166alpha2": 2,
    "iso3166999": 3,
    "longitude": 10,
}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_rule_judges_as_gs1s_own_linter_does(name: str) -> None:
    """Values of the wrong length or alphabet never reach a rule: the table's component stops them first."""
    digits_only = name not in ("iso3166alpha2", "pcenc")
    judged = 0
    for vector in syntax_vectors("linter_unit"):
        value = vector["value"]
        if vector["linter"] != name or len(value) != LENGTHS.get(name, len(value)) or not value:
            continue
        if digits_only and not (value.isascii() and value.isdigit()):
            continue
        if name == "pieceoftotal" and len(value) % 2:
            continue
        judged += 1
        assert (RULES[NAMES[name]](value) is None) == vector["ok"], value
    assert judged


@pytest.mark.parametrize(("raw", "why"), [("430900000000", "length"), ("4309000000000x0000000000", "character")])
def test_a_component_stops_what_has_the_wrong_shape_before_its_rule_reads_it(raw: str, why: str) -> None:
    with pytest.raises(ElementInvalid) as refused:
        parse_raw(raw)
    assert refused.value.why == why
