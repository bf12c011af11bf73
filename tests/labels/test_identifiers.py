import re

from safehand.labels.identifiers import Component, identify, table
from safehand.labels.rules import RULES
from tests.labels.gs1_vectors import gs1_file

_LINE = re.compile(r"(?P<first>\d{2,4})(?:-(?P<last>\d{2,4}))?\s+(?P<flags>[*?]*)\s+(?P<rest>[NXYZ\[].*)")
_PART = re.compile(r"(\[)?([NXYZ])(\.\.)?(\d+)\]?(?:,[a-z0-9,]+)?")


def _told(line: str) -> tuple[str, list[str], bool, list[tuple[str, int, int, bool]]] | None:
    found = _LINE.match(line)
    if not found:
        return None
    width = len(found["first"])
    span = range(int(found["first"]), int(found["last"] or found["first"]) + 1)
    parts = []
    for word in found["rest"].split("#")[0].split():
        part = _PART.fullmatch(word)
        if not part:
            break  # what follows are associations
        optional, characters, variable, most = part.groups()
        parts.append((characters.lower(), 1 if variable else int(most), int(most), bool(optional)))
    return found["first"], [f"{number:0{width}}" for number in span], "*" in found["flags"], parts


def _of(component: Component) -> tuple[str, int, int, bool]:
    return component.characters, component.least, component.most, component.optional


def test_the_table_says_what_gs1s_syntax_dictionary_says() -> None:
    lines = gs1_file("syntax-dictionary/gs1-syntax-dictionary.txt").read_text("utf-8").splitlines()
    known = table()
    met: set[str] = set()
    for line in lines:
        if not (told := _told(line)):
            continue
        _, identifiers, ends_by_length, parts = told
        for identifier in identifiers:
            met.add(identifier)
            assert [_of(component) for component in known[identifier].components] == parts, identifier
            assert (known[identifier].fixed_length is not None) == ends_by_length, identifier
    assert met == set(known)


def test_every_rule_that_the_table_names_exists() -> None:
    named = {rule for entry in table().values() for part in entry.components for rule in part.rules}
    assert named == set(RULES)


def test_no_identifier_begins_with_another() -> None:
    known = table()
    assert not [(one, other) for one in known for other in known if one != other and other.startswith(one)]


def test_an_identifier_is_found_where_it_stands_or_not_at_all() -> None:
    assert (found := identify("xx4331", 2)) is not None
    assert found.text == "4331"
    assert identify("8900") is None
    assert identify("") is None
