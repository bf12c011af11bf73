"""GS1 element strings: application identifiers and their values, read and held to their rules.

A reader that only splits takes a mistyped SSCC for another parcel. Here every value is checked for length, characters
and content (check digits, dates, countries ...), and the error says which identifier, where, and why. Whether two
may stand beside one another (a batch without its article) is not asked: a carrier scans other people's labels.
"""

import re
from collections.abc import Mapping

from safehand.labels.errors import ElementInvalid
from safehand.labels.identifiers import Component, Identifier, identify
from safehand.labels.rules import RULES

TEXT_CHARS_MAX = 4_296  # as much as the largest QR Code holds
GROUP_SEPARATOR = "\x1d"

CHARACTERS: Mapping[str, re.Pattern[str]] = {
    "n": re.compile(r"[0-9]*"),
    "x": re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*"),
    "y": re.compile(r"[#\-/0-9A-Z]*"),
    "z": re.compile(r"[-0-9A-Z_a-z]*={0,2}"),
}
"""What a component of each kind may hold: digits, GS1's 82, its 39, base64url."""
_BRACKETED = re.compile(r"(?<!\\)\((\d{2,4})\)", re.ASCII)


def parse_raw(text: str) -> dict[str, str]:
    r"""The element string of a scan: identifier to value, in order.

    Shapes
        text  as a scanner gives it, without a symbology identifier; GS (\x1d) where an FNC1 ends a value, one may lead.
    Errors
        ElementInvalid  it is not well formed, or a value breaks its rule; `position` counts characters from 1.
    Source
        GS1 General Specifications 7.8 (structure), 3 (values).
    """
    _bounded(text)
    found: dict[str, str] = {}
    at = 1 if text.startswith(GROUP_SEPARATOR) else 0
    while at < len(text):
        known = identify(text, at)
        if known is None:
            raise ElementInvalid(text[at : at + 4], at + 1, "unknown_identifier")
        start = at + len(known.text)
        end = text.find(GROUP_SEPARATOR, start) if known.fixed_length is None else start + known.fixed_length
        if end < 0:
            end = len(text)
        _add(found, known, text[start:end], start)
        at = end + 1 if text[end : end + 1] == GROUP_SEPARATOR else end
    if not found:
        raise ElementInvalid("", 1, "empty")
    return found


def parse_bracketed(text: str) -> dict[str, str]:
    r"""The same, as people read it: `(00)...(420)...`. A bracket that belongs to a value is written `\(`.

    Errors
        ElementInvalid  as parse_raw.
    """
    _bounded(text)
    marks = list(_BRACKETED.finditer(text))
    if not marks or marks[0].start() != 0:
        raise ElementInvalid(text[:4], 1, "brackets" if text else "empty")
    found: dict[str, str] = {}
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        known = identify(mark[1])
        if known is None or known.text != mark[1]:
            raise ElementInvalid(mark[1], mark.start() + 1, "unknown_identifier")
        value = text[mark.end() : following.start() if following else len(text)].replace("\\(", "(")
        _add(found, known, value, mark.end())
    return found


def add_value(found: dict[str, str], identifier: str, value: str) -> None:
    """Hold one value to its rules and put it with the others.

    Errors
        ElementInvalid  no such identifier, a bad value, or another value for the same identifier.
    """
    known = identify(identifier)
    if known is None or known.text != identifier:
        raise ElementInvalid(identifier, 1, "unknown_identifier")
    _add(found, known, value, 0)


def _bounded(text: str) -> None:
    if len(text) > TEXT_CHARS_MAX:
        raise ElementInvalid("", TEXT_CHARS_MAX + 1, "too_long")


def _add(found: dict[str, str], known: Identifier, value: str, start: int) -> None:
    why = _why_not_value(known, value)
    if why is None and found.get(known.text, value) != value:
        why = "repeated"
    if why is not None:
        raise ElementInvalid(known.text, start + 1, why)
    found[known.text] = value


def _why_not_value(known: Identifier, value: str) -> str | None:
    """Why `value` cannot stand behind this identifier; None if it can."""
    if not value:
        return "missing_value"
    at = 0
    for component in known.components:
        piece = value[at : at + component.most]
        if not piece and component.optional:
            break
        if why := why_not(component, piece):
            return why
        at += len(piece)
    return "length" if at < len(value) else None


def why_not(component: Component, piece: str) -> str | None:
    """Why `piece`, which is no longer than the component, cannot stand in it; None if it can."""
    if len(piece) < component.least:
        return "length"
    if not CHARACTERS[component.characters].fullmatch(piece):
        return "character"
    return next((why for rule in component.rules if (why := RULES[rule](piece))), None)
