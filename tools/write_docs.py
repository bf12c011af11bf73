"""Writes the pages that the code knows best: errors, events, vocabulary, what of the ASVS is met, and the API's types.

`make docs`; `--check` compares instead of writing and exits 1 where a page is behind the code.
"""

import ast
import dataclasses
import enum
import functools
import inspect
import itertools
import re
import sys
import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path

from safehand.events import vocabulary
from safehand.events.event import Event, family
from safehand.kernel.catalogue import load_catalogue
from safehand.kernel.errors import SafehandError
from tools import asvs, client
from tools.lints.words import every_error, import_everything

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "make docs"


def errors_page(errors: Iterable[type[SafehandError]], say: typing.Callable[[str], str]) -> str:
    """Every refusal: its code, status, what it means, what to do."""
    lines = [
        "# Errors",
        "",
        "Every refusal is a problem document (RFC 9457, `application/problem+json`) with the members type, title,",
        "status, code, detail, remedy and params. A program looks at the code; people read the rest, in their own",
        "language. The words in braces are in params. A 429 or 503 carries Retry-After: nothing was stored, try again.",
        "",
        f"This page is written by `{COMMAND}` from the classes and the English catalogue.".replace("`", ""),
    ]
    room = ""
    for error in errors:
        domain = error.code.partition(".")[0]
        if domain != room:
            room = domain
            lines += ["", f"## {domain}", "", "| code | status | what | what to do |", "|---|---|---|---|"]
        what = f"**{say(f'{error.code}.title')}** {say(f'{error.code}.detail')}"
        cells = (f"`{error.code}`", str(error.status), _quiet(what), _quiet(say(f"{error.code}.remedy")))
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    lines[2] = lines[2].replace("`application/problem+json`", "application/problem+json")  # only codes are in ticks
    return "\n".join(lines) + "\n"


def events_page(kinds: Iterable[type[Event]]) -> str:
    """Every event: what happened, and its fields with their types."""
    lines = [
        "# Events",
        "",
        "What can have happened, for ever: an event that is released is never edited; a later form gets the next",
        "version, and readers of the old one are kept. An event holds opaque ids and integers, never personal data.",
        "Each is stored as canonical JSON with its name; fields that are empty are left out.",
        "",
        f"This page is written by {COMMAND} from the classes in safehand/events.",
        "",
        "## Fields of every event",
        "",
        *_fields(Event, frozenset()),
    ]
    common = frozenset(field.name for field in dataclasses.fields(Event))
    for kind in kinds:
        lines += ["", f"## `{kind.name}`", "", _quiet(inspect.getdoc(kind) or ""), "", *_fields(kind, common)]
    return "\n".join(lines) + "\n"


def _fields(kind: type[Event], known: frozenset[str]) -> list[str]:
    hints = typing.get_type_hints(kind)
    rows = ["| field | type | |", "|---|---|---|"]
    for field in dataclasses.fields(kind):
        if field.name not in known:
            optional = "" if field.default is dataclasses.MISSING else "may be absent"
            rows.append(f"| {field.name} | {_type(hints[field.name])} | {optional} |")
    return rows


def _type(hint: typing.Any) -> str:
    choices = [choice for choice in typing.get_args(hint) if choice is not type(None) and choice is not ...]
    if typing.get_origin(hint) is tuple:
        return f"list of {_type(choices[0])}"
    return " or ".join(map(_type, choices)) if choices else str(hint.__name__)


def vocabulary_page(lists: types.ModuleType) -> str:
    """Every closed list, each word with what the source says beneath it."""
    lines = [
        "# Vocabulary",
        "",
        "The closed lists that events, statements, the API and pages share. A word is added, never renamed.",
        "",
        f"This page is written by {COMMAND} from safehand/events/vocabulary.py.",
    ]
    for node in ast.parse(inspect.getsource(lists)).body:
        kind = getattr(lists, node.name) if isinstance(node, ast.ClassDef) else None
        if kind is None or not issubclass(kind, enum.StrEnum):
            continue
        title = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).capitalize()
        lines += ["", f"## {title}", "", kind.__doc__ or "", "", "| word | |", "|---|---|"]
        meanings = _meanings(typing.cast(ast.ClassDef, node))
        lines += [f"| `{word.value}` | {_cell(meanings.get(word.name, ''))} |" for word in kind]
    return "\n".join(lines) + "\n"


def _meanings(node: ast.ClassDef) -> dict[str, str]:
    """The string beneath each member, which Python itself forgets."""
    found: dict[str, str] = {}
    for member, beneath in itertools.pairwise(node.body):
        match member, beneath:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(meaning))):
                found[name] = meaning
    return found


def _quiet(text: str) -> str:
    """Field names in bold italics: on this page only the events' own names are in ticks."""
    return re.sub(r"`([^`]+)`", r"*\1*", text)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


@functools.cache
def pages() -> Mapping[str, str]:
    """The written pages, by their path."""
    if broken := list(import_everything()):
        raise SystemExit("\n".join(map(str, broken)))
    english = load_catalogue("en")
    return {
        "docs/errors.md": errors_page(every_error(), lambda message: english.words.get(message, "")),
        "docs/events.md": events_page(family().values()),
        "docs/vocabulary.md": vocabulary_page(vocabulary),
        asvs.PAGE: asvs.page(asvs.read()),
        client.PAGE: client.page(client.description()),
        **{client.WORDS.format(language=one): client.words(one) for one in client.LANGUAGES},
    }


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check say which are behind."""
    behind = []
    for path, text in pages().items():
        page = ROOT / path
        if not page.is_file() or page.read_text("utf-8") != text:
            behind.append(path)
            if "--check" not in arguments:
                page.write_text(text, "utf-8")
                print(f"docs: wrote {path}", file=sys.stderr)
    if "--check" in arguments and behind:
        print(f"{', '.join(behind)}: behind the code; run `{COMMAND}` and read what changed")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
