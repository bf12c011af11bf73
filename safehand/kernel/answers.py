"""Answers of the API that are written straight from what was found: as JSON, and as its description has them."""

from collections.abc import Mapping
from typing import Any

import msgspec


def answered(kind: type[Any]) -> dict[int | str, dict[str, Any]]:
    """What a route's description says of its answer: one schema, with those that it names written out in it.

    Shapes
        kind  a msgspec struct or a dataclass, whose fields are what msgspec writes.
    """
    _, components = msgspec.json.schema_components([kind], ref_template="#/x-{name}")
    return {200: {"content": {"application/json": {"schema": _written_out(components[kind.__name__], components)}}}}


def _written_out(schema: Any, components: Mapping[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _written_out(components[schema["$ref"].removeprefix("#/x-")], components)
        return {name: _written_out(inner, components) for name, inner in schema.items() if name != "title"}
    return [_written_out(inner, components) for inner in schema] if isinstance(schema, list) else schema
