"""Each lint finds the fault it is for, and leaves well-kept pages alone."""

from collections.abc import Callable, Iterator

import pytest

from tools.lints import addresses, drivers, honesty, introductions, marks, names, sizes
from tools.lints.page import Finding, Page

type Lint = Callable[[Page], Iterator[Finding]]

LONG_FUNCTION = "def walk() -> None:\n" + "    step()\n" * 60
FULL_FUNCTION = "def walk() -> None:\n" + "    step()\n" * 59
TEST = "tests/custody/test_seals.py"
CODE = "safehand/custody/model.py"

FAULTS: list[tuple[str, Lint, str, str]] = [
    ("a file too long", sizes.check, CODE, "x = 1\n" * 401),
    ("a function too long", sizes.check, CODE, LONG_FUNCTION),
    ("a long method", sizes.check, CODE, "class Van:\n    async def go(self) -> None:\n" + "        step()\n" * 60),
    ("a name that says nothing", names.check, "safehand/custody/utils.py", ""),
    ("a folder that says nothing", names.check, "safehand/common/parcel.py", ""),
    ("half a name that says nothing", names.check, "safehand/store/session_manager.py", ""),
    ("a capital", names.check, "safehand/custody/Model.py", ""),
    ("work put off", marks.check, CODE, "x = 1  # TO" + "DO: check the seal\n"),
    ("work put off in a page", marks.check, "docs/tour.md", "FIX" + "ME later\n"),
    ("a stub", marks.check, CODE, "def seal() -> None:\n    raise NotImplemented" + "Error\n"),
    ("everything silenced", marks.check, CODE, "import os  # no" + "qa\n"),
    ("every type silenced", marks.check, CODE, "x = y  # type:" + " ignore\n"),
    ("a registry", addresses.check, "README.md", "from https://py" + "pi.org/simple\n"),
    ("a machine's folder", addresses.check, "docs/operations.md", "look in /ho" + "me/ana/parcels\n"),
    ("root's folder", addresses.check, "tests/test_x.py", "path = '/ro" + "ot/data'\n"),
    ("an address in a lock", addresses.check, "requirements/dev.txt", "--extra-index-" + "url https://example.com\n"),
    ("a source in a lock", addresses.check, "requirements/dev.txt", "h3 @ git" + "+ssh://example.com/h3\n"),
    ("a resolved address", addresses.check, "package-lock.json", '  "resolved' + '": "somewhere",\n'),
    ("an engine elsewhere", drivers.check, CODE, "from sqlalchemy.ext.asyncio import AsyncEngine\n"),
    ("another engine", drivers.check, CODE, "from sqlalchemy import create_engine\n"),
    ("the ORM", drivers.check, "safehand/store/store.py", "import sqlalchemy.orm\n"),
    ("no assertion", honesty.check, TEST, "def test_a_seal_is_read() -> None:\n    read()\n"),
    (
        "an assertion beside it",
        honesty.check,
        TEST,
        "def test_a() -> None:\n    look()\ndef look() -> int:\n    return 1\n",
    ),
    ("always true", honesty.check, TEST, "def test_a() -> None:\n    assert True\n"),
    ("true of itself", honesty.check, TEST, "def test_a() -> None:\n    assert seal == seal\n"),
    ("a tuple is true", honesty.check, TEST, "def test_a() -> None:\n    assert (seal == 1, 'wrong')\n"),
    ("a skip", honesty.check, TEST, "import pytest\ndef test_a() -> None:\n    pytest.skip()\n    assert a\n"),
    ("a terse skip", honesty.check, TEST, "def test_a() -> None:\n    pytest.skip('broken')\n    assert a\n"),
    (
        "a skipped test",
        honesty.check,
        TEST,
        "@pytest.mark.skip(reason='the door is stuck')\ndef test_a():\n    assert a\n",
    ),
    ("a skip on a whim", honesty.check, TEST, "@pytest.mark.skipif(X)\ndef test_a() -> None:\n    assert a\n"),
    ("an expected failure", honesty.check, TEST, "@pytest.mark.xfail\ndef test_a() -> None:\n    assert a\n"),
    ("an optional import", honesty.check, TEST, "h3 = pytest.importorskip('h3')\n"),
    ("a mock", honesty.check, "tests/world.py", "from unittest.mock import AsyncMock\n"),
    ("a mock by its module", honesty.check, "tests/world.py", "from unittest import mock\n"),
    ("a mock by fixture", honesty.check, TEST, "def test_a(mocker: object) -> None:\n    assert a\n"),
    (
        "a patch",
        honesty.check,
        TEST,
        "def test_a(monkeypatch):\n    monkeypatch.setattr(desk, 'clock', 1)\n    assert a\n",
    ),
]

GOOD: list[tuple[str, Lint, str, str]] = [
    ("a full file", sizes.check, CODE, "x = 1\n" * 400),
    ("a full function", sizes.check, CODE, FULL_FUNCTION),
    ("a long table", sizes.check, "docs/errors.md", "x\n" * 900),
    ("a noun", names.check, "safehand/store/database.py", ""),
    ("a document in capitals", names.check, "CONTRIBUTING.md", ""),
    ("a reasoned silence", marks.check, CODE, "import os  # no" + "qa: F401\nx = y  # type:" + " ignore[arg-type]\n"),
    ("a word within a word", marks.check, CODE, "shack = 'mastodon'\n"),
    ("a path of an API", addresses.check, "README.md", "GET https://example.com/work/item, ~/work/x, $HOME/work/y\n"),
    ("an address outside locks", addresses.check, "docs/a.md", "https://c2sp.org/tlog-tiles\n"),
    ("an engine at home", drivers.check, "safehand/store/store.py", "from sqlalchemy.ext.asyncio import AsyncEngine\n"),
    (
        "statements anywhere",
        drivers.check,
        CODE,
        "from sqlalchemy import select\nimport sqlalchemy.dialects.postgresql\n",
    ),
    ("an assertion", honesty.check, TEST, "def test_a() -> None:\n    assert seal() == 1\n"),
    ("an expected refusal", honesty.check, TEST, "def test_a() -> None:\n    with pytest.raises(E):\n        a()\n"),
    (
        "a browser's expectation",
        honesty.check,
        TEST,
        "def test_a(page) -> None:\n    expect(page).to_have_title('x')\n",
    ),
    (
        "asserted next door",
        honesty.check,
        TEST,
        "def test_a() -> None:\n    look()\ndef look() -> None:\n    assert b\n",
    ),
    ("the same twice", honesty.check, TEST, "def test_a() -> None:\n    assert derive(1) == derive(1)\n"),
    (
        "a reason",
        honesty.check,
        TEST,
        "def test_a():\n    pytest.skip('the shared data folder is missing')\n    assert a\n",
    ),
    ("a setting", honesty.check, TEST, "def test_a(monkeypatch):\n    monkeypatch.setenv('A', '1')\n    assert a\n"),
]


@pytest.mark.parametrize(("lint", "path", "text"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_planted_fault_is_found(lint: Lint, path: str, text: str) -> None:
    found = list(lint(Page(path, text)))

    assert [finding.path for finding in found] == [path]
    assert found[0].line >= 1
    assert found[0].words


@pytest.mark.parametrize(("lint", "path", "text"), [g[1:] for g in GOOD], ids=[g[0] for g in GOOD])
def test_a_well_kept_page_is_left_alone(lint: Lint, path: str, text: str) -> None:
    assert list(lint(Page(path, text))) == []


WELL = '"""Seals: x.\n\nWords       a.\nKeeps true  b.\nAsks        c.\nTells       d.\nStart at    e.\n"""\n'


@pytest.mark.parametrize(
    ("pages", "found_at", "said"),
    [
        ({"safehand/seals/model.py": ""}, "safehand/seals/__init__.py", "without"),
        ({"safehand/seals/__init__.py": ""}, "safehand/seals/__init__.py", "without"),
        ({"safehand/seals/__init__.py": '"""Seals."""\n'}, "safehand/seals/__init__.py", "Words, Keeps true"),
        ({"safehand/seals/__init__.py": WELL.replace("Asks", "Needs")}, "safehand/seals/__init__.py", "lacks Asks"),
        (
            {"safehand/seals/__init__.py": WELL, "safehand/seals/wax/red.py": ""},
            "safehand/seals/wax/__init__.py",
            "with",
        ),
    ],
    ids=["no page", "no docstring", "no headings", "one heading missing", "an inner room"],
)
def test_a_room_that_does_not_introduce_itself_is_found(pages: dict[str, str], found_at: str, said: str) -> None:
    found = list(introductions.check([Page(path, text) for path, text in pages.items()]))

    assert [finding.path for finding in found] == [found_at]
    assert said in found[0].words


def test_a_room_that_introduces_itself_is_left_alone() -> None:
    room = Page("safehand/seals/__init__.py", WELL)
    inner = Page("safehand/seals/wax/__init__.py", '"""Wax: one line will do for an inner room."""\n')

    assert list(introductions.check([room, inner])) == []
