"""What the program never does is found where it is planted, and is nowhere in the program."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asvs import asvs
from tools.lints import dangers
from tools.lints.page import Page, read_pages

ROOT = Path(__file__).resolve().parents[2]
CODE = "safehand/vault/master.py"
TEMPLATE = "safehand/surfaces/web/templates/staff/case.html"
PRIMITIVES = ("cryptography.hazmat.primitives.ciphers", "cryptography.hazmat.primitives.hashes")
PLANTED = [
    ("code of a value", CODE, "eval(typed)\n"),
    ("a program of a value", CODE, "exec(typed)\n"),
    ("a shell", CODE, "subprocess.run(line, shell=True)\n"),
    ("a shell's line", CODE, "os.system('lp ' + name)\n"),
    ("pickled bytes", CODE, "import pickle\n"),
    ("a format with types", CODE, "from yaml import load\n"),
    ("outside entities", CODE, "import xml.etree.ElementTree\n"),
    ("a weak hash", CODE, "hashlib.md5(body)\n"),
    ("another weak hash", CODE, "from cryptography.hazmat.primitives.hashes import SHA1\n"),
    ("a weak mode", CODE, "modes.ECB()\n"),
    ("a weak padding", CODE, "padding.PKCS1v15()\n"),
    ("guessable chance", CODE, "import random\n"),
    ("markup of a value", TEMPLATE, "<p>{{ typed|safe }}</p>\n"),
    ("script in a page", TEMPLATE, "<a href='javascript:go()'>\n"),
    ("data kept by script", "safehand/surfaces/web/static/live.js", "localStorage.pin = pin;\n"),
    ("words from other windows", "safehand/surfaces/web/static/live.js", 'addEventListener("message", take);\n'),
    ("a name that may be a prototype's", "safehand/surfaces/web/static/live.js", "known[name] = told;\n"),
    ("markup by script", "safehand/surfaces/web/static/live.js", "part.innerHTML = told;\n"),
]


@pytest.mark.parametrize(("path", "text"), [planted[1:] for planted in PLANTED], ids=[p[0] for p in PLANTED])
def test_a_planted_danger_is_found(path: str, text: str) -> None:
    [found] = dangers.check(Page(path, text))

    assert found.line == 1


@asvs(
    "1.1.2",
    "1.2.5",
    "1.3.1",
    "1.3.2",
    "1.3.7",
    "1.5.1",
    "1.5.2",
    "3.2.2",
    "3.5.5",
    "6.5.3",
    "11.3.1",
    "11.3.2",
    "11.4.1",
    "11.4.3",
    "14.3.3",
    "15.3.6",
)
def test_the_program_does_nothing_of_the_kind() -> None:
    pages = [page for page in read_pages(ROOT) if page.path.startswith("safehand/")]

    assert len(pages) > 300
    assert [str(finding) for page in pages for finding in dangers.check(page)] == []


@asvs("11.3.2", "11.4.1")
def test_ciphers_and_hashes_are_the_approved_ones_and_no_others() -> None:
    used = {
        name
        for page in read_pages(ROOT)
        if page.is_python and page.path.startswith("safehand/")
        for name in chosen(page.tree)
    }

    assert used == {"AESGCMSIV", "SHA256", "sha256"}


def chosen(tree: ast.AST) -> Iterator[str]:
    """The ciphers, modes and hash functions that a file names, by import or as an attribute."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), names=names) if (
                module.startswith(PRIMITIVES) or module == "hashlib"
            ):
                yield from (name.name for name in names if name.name not in {"hashes", "modes", "algorithms"})
            case ast.Attribute(value=ast.Name(id="hashes" | "modes" | "algorithms" | "hashlib"), attr=attr):
                yield attr


def test_what_only_looks_like_one_is_left_alone() -> None:
    harmless = "re.compile(SHAPE)\nhashlib.sha256(body)\nself.run(tx)\n"

    assert list(dangers.check(Page(CODE, harmless))) == []
    assert list(dangers.check(Page("safehand/store/worker.py", "import random\n"))) == []
