"""What the screens of web/ know of the API: TypeScript types, written from its description by `make docs`.

Only of the operations that a screen asks for, so that a change elsewhere leaves the page alone.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from safehand.app.description import describe
from safehand.app.installation import build
from safehand.app.settings import Settings
from safehand.app.web import create_app
from safehand.bus.notices import LocalBus
from safehand.events import vocabulary
from safehand.kernel.catalogue import load_catalogue
from safehand.kernel.clock import SystemClock
from safehand.store.database import Store

PAGE = "web/src/device/api.ts"
WORDS = "web/src/device/exceptions.{language}.ts"
LANGUAGES = ("en", "fi")
OPERATIONS = (
    "POST /v1/devices",
    "POST /v1/device-codes",
    "GET /v1/parties",
    "GET /v1/parcels/{number}",
    "GET /v1/aggregates/{number}",
    "GET /v1/depots/{depot}/worklist",
    "POST /v1/depots/{depot}/key-in",
    "POST /v1/statements",
)
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
"""A store connects when it is first asked, and nobody asks."""

type Schema = Mapping[str, Any]


def description() -> dict[str, Any]:
    """The API's description, of an installation that nobody runs."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), database_url=NOWHERE)
        here = build(settings, Store(NOWHERE), LocalBus(), SystemClock())
        return describe(create_app(here), here.identity.guard)


def page(described: Mapping[str, Any], operations: tuple[str, ...] = OPERATIONS) -> str:
    """The TypeScript of these operations' answers, and of every schema that they name."""
    schemas: Mapping[str, Schema] = described["components"]["schemas"]
    answers = {operation: _answer(described, operation) for operation in operations}
    named: set[str] = set()
    for answer in answers.values():
        _collect(answer, schemas, named)
    states = " | ".join(f"'{state.value}'" for state in vocabulary.State)
    lines = [
        "// What the server answers. Written by `make docs` from the API's own description: not to be edited.",
        "",
        f"export type State = {states};",
        "",
    ]
    for name in sorted(named - {"State"}):
        lines += [*_declared(name, schemas[name]), ""]
    lines += ["export interface Answers {"]
    lines += [f"  '{operation}': {_type(answer)};" for operation, answer in answers.items()]
    return "\n".join([*lines, "}", ""])


def words(language: str) -> str:
    """The TypeScript of what each kind of exception is called in one language."""
    say = load_catalogue(language).say
    named = [
        f"  {kind.value}: {json.dumps(say(f'exception_kind.{kind.value}.word'), ensure_ascii=False)},"
        for kind in vocabulary.ExceptionKind
    ]
    lines = [
        "// What kinds of exceptions are called. Written by `make docs` from the catalogue: not to be edited.",
        "",
        "export const exceptions: Readonly<Record<string, string>> = {",
    ]
    return "\n".join([*lines, *named, "};", ""])


def _answer(described: Mapping[str, Any], operation: str) -> Schema:
    method, _, path = operation.partition(" ")
    responses = described["paths"][path][method.lower()]["responses"]
    success = next(said for status, said in responses.items() if status.startswith("2"))
    schema: Schema = success["content"]["application/json"]["schema"]
    return schema


def _collect(schema: Any, schemas: Mapping[str, Schema], named: set[str]) -> None:
    for name in _references(schema):
        if name not in named:
            named.add(name)
            _collect(schemas[name], schemas, named)


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            yield str(schema["$ref"]).rpartition("/")[2]
        for inner in schema.values():
            yield from _references(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _references(inner)


def _declared(name: str, schema: Schema) -> list[str]:
    if "properties" not in schema:
        return [f"export type {_short(name)} = {_type(schema)};"]
    fields = [f"  readonly {field}: {_type(inner)};" for field, inner in schema["properties"].items()]
    return [f"export interface {_short(name)} {{", *fields, "}"]


def _type(schema: Schema) -> str:
    """A schema as a type. A server leaves no declared field out, so none is optional."""
    if "$ref" in schema:
        return _short(str(schema["$ref"]))
    if "anyOf" in schema:
        return " | ".join(_type(choice) for choice in schema["anyOf"])
    if set(schema.get("enum", ())) == set(vocabulary.State):
        return "State"
    if "enum" in schema:
        return " | ".join(f"'{word}'" for word in schema["enum"])
    if "prefixItems" in schema:
        return f"readonly [{', '.join(_type(item) for item in schema['prefixItems'])}]"
    match schema.get("type"):
        case "array":
            return f"readonly ({_type(schema['items'])})[]"
        case "integer" | "number":
            return "number"
        case "string" | "boolean" | "null" as plain:
            return str(plain)
        case "object" if "properties" in schema:
            inner = "; ".join(f"readonly {field}: {_type(of)}" for field, of in schema["properties"].items())
            return f"{{ {inner} }}"
        case _:
            return "unknown"


def _short(name: str) -> str:
    """A schema's name without the module that the framework puts before one that two modules have."""
    return name.rpartition("/")[2].rpartition("__")[2]
