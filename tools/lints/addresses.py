"""Addresses: the project works anywhere, so nothing in it names a registry's host or one machine's folders."""

import re
from collections.abc import Iterator

from tools.lints.page import Finding, Page

# Written in pieces, so that this page does not find itself.
REGISTRY = re.compile(
    r"py" r"pi\.(?:org|io)|python" r"hosted\.org|npm" r"js\.(?:org|com)|yarn" r"pkg\.com"
    r"|deb\." r"debian\.org|proxy\." r"golang\.org"
)  # fmt: skip
MACHINE = re.compile(r"(?<![\w.~$})\]-])/(?:ho" r"me|ro" r"ot|wo" r"rk|Us" r"ers)/[\w.]")
LOCKED_AT = re.compile(
    r"--(?:extra-)?index-url|--find-links|--trusted-host|https?://|(?<!\w)@\s*(?:file|git\+)|resolved\""
)


def check(page: Page) -> Iterator[Finding]:
    """No registry's host and no machine's folder anywhere; in lock files, no address at all."""
    locks = page.path.startswith("requirements/") or page.name == "package-lock.json"
    for number, line in enumerate(page.lines, 1):
        if found := REGISTRY.search(line):
            yield page.finding(number, f"{found.group()}: name the registry, not its host")
        if found := MACHINE.search(line):
            yield page.finding(number, f"{found.group()}...: a folder of one machine")
        if locks and (found := LOCKED_AT.search(line)):
            yield page.finding(number, f"{found.group()}: lock files carry hashes, never addresses")
