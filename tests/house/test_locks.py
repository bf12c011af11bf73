"""What is asked for, what is locked and what the wheel declares are one story."""

import pytest

from tests.asvs import asvs
from tools.lints import locks
from tools.lints.page import Finding, Page

VIA = "    # via -r requirements/runtime.in\n"
HASH = "    --hash=sha256:00\n"
KEPT = {
    "requirements/runtime.in": "# why\nh3\nsqlalchemy[asyncio]>=2.1\n",
    "requirements/runtime.txt": f"h3==4.5.0 \\\n{HASH}{VIA}sqlalchemy==2.1.9 \\\n{HASH}",
    "requirements/dev.in": "-c runtime.txt\n-r runtime.in\nruff\n",
    "requirements/dev.txt": f"h3==4.5.0 \\\n{HASH}ruff==0.17.6 \\\n{HASH}sqlalchemy==2.1.9 \\\n{HASH}",
}
DECLARED = ["h3>=4.5", "sqlalchemy[asyncio]>=2.1"]


def found(changes: dict[str, tuple[str, str]], declared: list[str]) -> list[Finding]:
    texts = dict(KEPT)
    for path, (old, new) in changes.items():
        assert old in texts[path]
        texts[path] = texts[path].replace(old, new)
    return list(locks.check([Page(path, text) for path, text in texts.items()], declared))


NODE = """{"packages": {"": {"name": "web"}, "node_modules/vite": {"version": "8.3.8",
"integrity": "sha512-00"}}}"""


def test_npms_lock_has_a_hash_for_each_package_and_no_address() -> None:
    def found(text: str) -> list[str]:
        return [finding.words for finding in locks.check([Page("web/package-lock.json", text)], [])]

    assert found(NODE) == []
    assert found(NODE.replace('"sha512-00"', '"sha1-00"')) == ["node_modules/vite has no hash"]
    addressed = NODE.replace('"version"', '"resolved": "somewhere", "version"')
    assert [words[:27] for words in found(addressed)] == ["an address of a registry (w"]


@asvs("15.1.2")
def test_locks_that_agree_are_left_alone() -> None:
    assert found({}, DECLARED) == []


@pytest.mark.parametrize(
    ("changes", "declared", "said"),
    [
        ({"requirements/dev.txt": ("ruff==0.17.6 \\\n" + HASH, "")}, DECLARED, "ruff is asked for and not locked"),
        ({"requirements/dev.txt": ("0.17.6 \\\n" + HASH, "0.17.6\n")}, DECLARED, "ruff has no hash"),
        ({"requirements/dev.txt": ("ruff==0.17.6 \\\n", "ruff>=0.1 \\\n")}, DECLARED, "only name==version"),
        ({"requirements/dev.txt": ("h3==4.5.0", "h3==4.4.9")}, DECLARED, "h3 is 4.4.9 here and 4.5.0"),
        ({"requirements/runtime.in": (">=2.1", ">=3")}, DECLARED, "sqlalchemy 2.1.9 is locked, >=3 is asked"),
        ({}, [*DECLARED, "numpy>=2"], "numpy is not in requirements/runtime.in"),
        ({}, DECLARED[:1], "sqlalchemy is not among pyproject.toml's"),
        ({}, ["h3>=9", DECLARED[1]], "does not admit the locked 4.5.0"),
    ],
)
def test_locks_that_tell_two_stories_are_found(
    changes: dict[str, tuple[str, str]], declared: list[str], said: str
) -> None:
    assert any(said in finding.words for finding in found(changes, declared))
