"""Locks: what is asked for, what is locked and what the wheel declares are one story, told with no network."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.lints.page import Finding, Page

NODE_LOCK = "package-lock.json"
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<rest>.*)$")


def check(pages: Iterable[Page], declared: Iterable[str]) -> Iterator[Finding]:
    """Every asked-for package is pinned with hashes; `declared` (the wheel's dependencies) is what runtime.in asks.

    Shapes
        pages     the project's pages; those under requirements/ are read.
        declared  requirement strings of pyproject.toml.
    """
    pages = list(pages)
    known = {page.path: page for page in pages if page.path.startswith("requirements/")}
    pins: dict[str, Mapping[str, str]] = {}
    for path, page in known.items():
        if path.endswith(".txt"):
            pins[path] = dict(_pins(page))
            yield from _hashed(page)
    for path, page in known.items():
        if path.endswith(".in"):
            lock = pins.get(path.removesuffix(".in") + ".txt", {})
            yield from _locked(page, lock)
    yield from _agree(pins)
    yield from _node(page for page in pages if page.name == NODE_LOCK)
    if runtime := known.get("requirements/runtime.in"):
        yield from _declared(runtime, pins.get("requirements/runtime.txt", {}), list(declared))


def _node(pages: Iterable[Page]) -> Iterator[Finding]:
    """Every package of npm's lock has a hash and no address: whoever sets up has a registry of their own."""
    for page in pages:
        for number, line in enumerate(page.lines, 1):
            if '"resolved":' in line:
                yield page.finding(number, "an address of a registry (web/.npmrc keeps npm from writing it)")
        for name, package in json.loads(page.text).get("packages", {}).items():
            if name and not str(package.get("integrity", "")).startswith("sha512-"):
                yield page.finding(1, f"{name} has no hash")


def _pins(page: Page) -> Iterator[tuple[str, str]]:
    for line in page.lines:
        if found := PINNED.match(line):
            yield canonicalize_name(found["name"]), found["version"]


def _hashed(page: Page) -> Iterator[Finding]:
    for number, line in enumerate(page.lines, 1):
        following = page.lines[number] if number < len(page.lines) else ""
        if line and not line.startswith((" ", "#")) and not PINNED.match(line):
            yield page.finding(number, f"{line.split()[0]}: only name==version with hashes belongs here (`make locks`)")
        elif PINNED.match(line) and "--hash=sha256:" not in line + following:
            yield page.finding(number, f"{line.split('==')[0]} has no hash (`make locks`)")


def _asked(page: Page) -> Iterator[tuple[int, Requirement]]:
    for number, line in enumerate(page.lines, 1):
        said = line.partition("#")[0].strip()
        if said and not said.startswith("-"):
            yield number, Requirement(said)


def _locked(page: Page, lock: Mapping[str, str]) -> Iterator[Finding]:
    for number, wish in _asked(page):
        version = lock.get(canonicalize_name(wish.name))
        if version is None:
            yield page.finding(number, f"{wish.name} is asked for and not locked (`make locks`)")
        elif not wish.specifier.contains(version, prereleases=True):
            yield page.finding(number, f"{wish.name} {version} is locked, {wish.specifier} is asked for (`make locks`)")


def _agree(pins: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    runtime, dev = pins.get("requirements/runtime.txt", {}), pins.get("requirements/dev.txt", {})
    for name, version in runtime.items():
        if dev.get(name) != version:
            yield Finding("requirements/dev.txt", 1, f"{name} is {dev.get(name)} here and {version} in runtime.txt")


def _declared(page: Page, lock: Mapping[str, str], declared: list[str]) -> Iterator[Finding]:
    wishes = {canonicalize_name(wish.name): wish for wish in map(Requirement, declared)}
    asked = {canonicalize_name(wish.name): number for number, wish in _asked(page)}
    for name, number in asked.items():
        if name not in wishes:
            yield page.finding(number, f"{name} is not among pyproject.toml's dependencies")
    for name, wish in wishes.items():
        if name not in asked:
            yield Finding("pyproject.toml", 1, f"{name} is not in requirements/runtime.in")
        elif name in lock and not wish.specifier.contains(lock[name], prereleases=True):
            yield Finding("pyproject.toml", 1, f"{name}{wish.specifier} does not admit the locked {lock[name]}")
