"""Reading: the bytes of a manifest, JSON or CSV, become rows with a draft or with what is wrong, row by row."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from safehand.kernel.errors import SafehandError
from safehand.kernel.rows import Columns, Fault, Row, csv_rows, text_of
from safehand.labels.errors import NumberUnreadable, WrongLength
from safehand.labels.numbers import Kind as NumberKind
from safehand.labels.numbers import read_number
from safehand.parcels.errors import ManifestUnreadable
from safehand.parcels.forms import ParcelIn, ShipmentIn
from safehand.parcels.manifest import ROWS_MAX, ManifestRow, Problem
from safehand.parcels.model import OTHER_NUMBER_SHAPE, PARCELS_MAX, ParcelDraft, other_number

PROBLEMS_MAX = 5
"""Problems that are told of one row."""
WANTED_CHARS_MAX = 160
RECIPIENT = ("name", "street", "postal_code", "city", "country", "phone", "email", "note", "lat_e7", "lon_e7")
PARCEL = (
    "weight_g", "length_mm", "width_mm", "height_mm", "value_cents", "contents", "contents_class", "dangerous",
    "cover_cents", "collect_cents", "age_min", "number", "aggregate",
)  # fmt: skip
COLUMNS = Columns(
    ("name", "street", "postal_code", "city", "country", "weight_g"),
    ("reference", "service", *RECIPIENT[5:], *PARCEL[1:]),
)


class ManifestParcelIn(ParcelIn):
    """A parcel of a manifest, with the number that is on it already and the cage or bag that it comes in."""

    number: Annotated[str | None, Field(max_length=64)] = None
    aggregate: Annotated[str | None, Field(max_length=64)] = None


class ManifestShipmentIn(ShipmentIn):
    """A shipment of a manifest."""

    parcels: Annotated[list[ManifestParcelIn], Field(min_length=1, max_length=PARCELS_MAX)]  # type: ignore[assignment]


class ManifestIn(BaseModel):
    """A manifest in JSON. `count` is how many shipments the sender put in: half of it is then known to be half."""

    model_config = ConfigDict(extra="forbid")
    count: Annotated[int, Field(ge=0, le=ROWS_MAX)]
    whole: bool = False
    shipments: Annotated[list[ManifestShipmentIn], Field(max_length=ROWS_MAX)]


class _Outline(msgspec.Struct, forbid_unknown_fields=True):
    """The same with its shipments unread: a bad one must not hide the others."""

    count: int
    shipments: list[Any]
    whole: bool = False


def json_manifest(raw: bytes) -> tuple[list[ManifestRow], int, bool]:
    """Rows of a manifest in JSON, counted from 1; how many its sender counted; whether all or none is asked for.

    Errors
        ManifestUnreadable  not JSON, another shape, or too many shipments.
    """
    try:
        said = msgspec.json.decode(raw, type=_Outline)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise ManifestUnreadable(f"{error}"[:WANTED_CHARS_MAX]) from None
    if len(said.shipments) > ROWS_MAX:
        raise ManifestUnreadable(f"{len(said.shipments)} shipments, at most {ROWS_MAX} in one call: split it")
    return [_row(place, shipment) for place, shipment in enumerate(said.shipments, 1)], said.count, said.whole


def csv_manifest(raw: bytes) -> tuple[list[ManifestRow], int]:
    """Rows of a manifest in CSV, one a shipment; and how many lines of parcels it has.

    Lines that follow each other with the same reference are the parcels of one shipment.

    Errors
        RowsUnusable  packed, not UTF-8, other columns, too many rows.
    """
    rows: list[ManifestRow] = []
    lines = 0
    for line, told in _shipments(list(csv_rows(text_of(raw), COLUMNS, ROWS_MAX))):
        if isinstance(told, Fault):
            problem = Problem(field=told.column or "", code=told.error.code, wanted=str(told.error)[:WANTED_CHARS_MAX])
            rows.append(ManifestRow(row=line, draft=None, problems=(problem,)))
            lines += 1
        else:
            rows.append(_row(line, told))
            lines += len(told["parcels"])
    return rows, lines


def _shipments(rows: list[Row | Fault]) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    """Each shipment with the line where it begins, in the shape that JSON has."""
    open_at, told = 0, dict[str, Any]()
    for row in rows:
        if isinstance(row, Fault):
            if told:
                yield open_at, told
            told = {}
            yield row.line, row
            continue
        cells = {name: cell for name, cell in row.cells.items() if cell}
        parcel: dict[str, Any] = {name: cells[name] for name in PARCEL if name in cells}
        if "dangerous" in parcel:
            parcel["dangerous"] = parcel["dangerous"].split()
        head: dict[str, Any] = {name: cells[name] for name in ("reference", "service") if name in cells}
        head["recipient"] = {name: cells[name] for name in RECIPIENT if name in cells}
        if told and "reference" in head and head == {name: told[name] for name in told if name != "parcels"}:
            told["parcels"].append(parcel)
            continue
        if told:
            yield open_at, told
        open_at, told = row.line, head | {"parcels": [parcel]}
    if told:
        yield open_at, told


def _row(place: int, told: object) -> ManifestRow:
    try:
        asked = ManifestShipmentIn.model_validate(told)
    except ValidationError as error:
        return ManifestRow(row=place, draft=None, problems=_told(error))
    draft = asked.draft()
    parcels, aggregates, problems = [], [], []
    for at, (parcel, one) in enumerate(zip(draft.parcels, asked.parcels, strict=True)):
        try:
            parcels.append(_numbered(parcel, one.number))
        except SafehandError as error:
            problems.append(Problem(field=f"parcels.{at}.number", code=error.code))
        try:
            aggregates.append(_cage(one.aggregate))
        except SafehandError as error:
            problems.append(Problem(field=f"parcels.{at}.aggregate", code=error.code))
    if problems:
        return ManifestRow(row=place, draft=None, problems=tuple(problems[:PROBLEMS_MAX]))
    return ManifestRow(row=place, draft=replace(draft, parcels=tuple(parcels)), aggregates=tuple(aggregates))


def _cage(said: str | None) -> str | None:
    """The SSCC of the cage or bag that a parcel comes in.

    Errors
        WrongCheckDigit, WrongLength, NumberUnreadable  it is no SSCC.
    """
    if said is None or not said.strip():
        return None
    number = read_number(said)
    if number.kind is not NumberKind.SSCC:
        raise NumberUnreadable(said)
    return number.text


def _numbered(parcel: ParcelDraft, said: str | None) -> ParcelDraft:
    """The draft with the number that is on it already: SSCC and S10 become its own, any other is kept beside ours.

    Errors
        WrongCheckDigit   it is an SSCC or S10 with a digit misread.
        NumberUnreadable  it is no number at all.
    """
    if said is None or not said.strip():
        return parcel
    try:
        number = read_number(said)
    except (NumberUnreadable, WrongLength):
        other = other_number(said)
        if OTHER_NUMBER_SHAPE.fullmatch(other) is None:
            raise
        return replace(parcel, other_number=other)
    match number.kind:
        case NumberKind.SSCC:
            return replace(parcel, sscc=number.text)
        case NumberKind.S10:
            return replace(parcel, s10=number.text)
        case NumberKind.TRACKING:
            return replace(parcel, other_number=number.text)


def _told(error: ValidationError) -> tuple[Problem, ...]:
    """What does not fit, without what was sent: that may be somebody's name."""
    return tuple(
        Problem(
            field=".".join(str(part) for part in one["loc"])[:80],
            code=one["type"],
            wanted=one["msg"][:WANTED_CHARS_MAX],
        )
        for one in error.errors(include_url=False, include_context=False, include_input=False)[:PROBLEMS_MAX]
    )
