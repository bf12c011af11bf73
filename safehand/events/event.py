"""What every event is, and how it becomes canonical bytes and back."""

import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, ClassVar, cast

from safehand.kernel.canonical import Canonical, canonical_bytes, parse_canonical


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened.

    `at_ms` is when, by the clock of whoever tells it; `received_ms` is when it reached us.
    `cause` is the hex SHA-256 of the statement it follows from; `device` and `sequence` name who
    made that statement and its place among that device's statements. All three are None for what people did
    in a session or a rule found by itself; `by` names who then acted.
    """

    name: ClassVar[str]
    at_ms: int
    received_ms: int
    cause: str | None = None
    device: str | None = None
    sequence: int | None = None
    by: str | None = None


class UnknownEvent(ValueError):
    """The bytes name an event that this version does not know."""


def encode(event: Event) -> bytes:
    """The fact: ASCII canonical JSON of the event, with its name. Fields that are None are left out."""
    fact: dict[str, Canonical] = {"name": event.name}
    for field in _fields(cast(Any, type(event))):
        value = getattr(event, field)
        if value is not None:
            fact[field] = list(value) if isinstance(value, tuple) else value
    return canonical_bytes(fact)


def decode(fact: bytes) -> Event:
    """The event that a fact holds.

    Errors
        NotCanonical  the bytes are not canonical JSON.
        UnknownEvent  no event has that name, or its fields are not these.
    """
    said = parse_canonical(fact)
    kind = family().get(cast(str, said.pop("name", "")))
    if kind is None:
        raise UnknownEvent("no event of that name")
    readers = _readers(cast(Any, kind))
    try:
        return cast(Event, cast(Any, kind)(**{field: readers[field](value) for field, value in said.items()}))
    except (KeyError, TypeError, ValueError) as error:
        raise UnknownEvent(f"{kind.name}: {error}") from None


@cache
def family() -> Mapping[str, type[Event]]:
    """Every event there is, by name."""
    from safehand.events import (
        aggregates,
        custody,
        parcels,
        workforce,
    )  # the vocabulary: importing its pages defines it

    found: dict[str, type[Event]] = {}
    for page in (parcels, custody, aggregates, workforce):
        for kind in vars(page).values():
            if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event:
                found[kind.name] = kind
    return types.MappingProxyType(found)


@cache
def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@cache
def _readers(kind: Any) -> dict[str, Callable[[Any], object]]:
    """How each field's JSON becomes its Python value: enums and tuples, the rest as it is."""
    hints = typing.get_type_hints(kind)
    return {field: reader(hints[field]) for field in _fields(kind)}


def reader(hint: object) -> Callable[[Any], object]:
    """What turns a field's JSON value into its Python value, or raises TypeError or ValueError."""
    choices = [choice for choice in typing.get_args(hint) if choice is not type(None)]
    if typing.get_origin(hint) is tuple:
        inner = reader(choices[0])
        return lambda value: tuple(inner(item) for item in value)
    if typing.get_origin(hint) in {types.UnionType, typing.Union}:  # `X | None`, also of a NewType
        return reader(choices[0])
    plain = hint
    while hasattr(plain, "__supertype__"):  # a NewType, or one of a NewType
        plain = plain.__supertype__
    if isinstance(plain, type) and issubclass(plain, enum.StrEnum):
        return plain
    return lambda value: _exactly(cast(type, plain), value)


def _exactly(kind: type, value: object) -> object:
    if type(value) is not kind:
        raise TypeError(f"{value!r} is not {kind.__name__}")
    return value
