"""What goes over the wire about places: as machines tell of them and are answered."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from safehand.kernel.ids import PartyId
from safehand.places.calendars import Day, DayKind
from safehand.places.commands import INSTRUCTIONS_CHARS_MAX
from safehand.places.geometry import CORNERS_MAX, HOLES_MAX, LAT_E7_MAX, LON_E7_MAX, Area, Point
from safehand.places.importing import Doubt, Outcome, Report, Row
from safehand.places.model import Draft, Place, PlaceKind, details_of, plain
from safehand.places.sorting import RULES_MAX, SortPlan

type Lat = Annotated[int, Field(ge=-LAT_E7_MAX, le=LAT_E7_MAX)]
type Lon = Annotated[int, Field(ge=-LON_E7_MAX, le=LON_E7_MAX)]
type Millis = Annotated[int, Field(ge=0, le=2**48)]
type Corner = tuple[Lat, Lon]
type Rings = list[Annotated[list[Corner], Field(max_length=CORNERS_MAX)]]


class Body(BaseModel):
    """What somebody sends: nothing beyond what is declared."""

    model_config = ConfigDict(extra="forbid")


class ShapeIO(Body):
    """A point, or the rings of an area, outer one first, no corner said twice. Degrees x 10**7, latitude first."""

    point: Corner | None = None
    rings: Annotated[Rings | None, Field(min_length=1, max_length=HOLES_MAX + 1)] = None

    def shape(self) -> Point | Area | None:
        """The shape. Errors: Invalid, its kinds."""
        if self.rings is not None:
            outer, *holes = ([Point(*corner) for corner in ring] for ring in self.rings)
            return Area.of(outer, holes)
        return Point(*self.point) if self.point is not None else None

    @classmethod
    def of(cls, shape: Point | Area | None) -> "ShapeIO | None":
        """A shape on record."""
        if isinstance(shape, Point):
            return cls(point=(shape.lat_e7, shape.lon_e7))
        if isinstance(shape, Area):
            return cls(rings=[[(at.lat_e7, at.lon_e7) for at in ring] for ring in (shape.outer, *shape.holes)])
        return None


class PlaceIn(Body):
    """A place as somebody tells of it. `details` are those of its kind."""

    kind: PlaceKind
    code: Annotated[str, Field(max_length=32)]
    name: Annotated[str, Field(max_length=120)]
    shape: ShapeIO | None = None
    details: dict[str, Any]
    party: Annotated[str | None, Field(max_length=40)] = None
    within: Annotated[str | None, Field(max_length=32)] = None

    def draft(self, *, retired: bool = False) -> Draft:
        """The place as the desk takes it. Errors: Invalid, its kinds."""
        return Draft(
            kind=self.kind,
            code=self.code,
            name=self.name,
            shape=self.shape.shape() if self.shape is not None else None,
            details=details_of(self.kind, self.details),
            party=PartyId(self.party) if self.party is not None else None,
            within=self.within,
            retired=retired,
        )


class ChangeIn(PlaceIn):
    """A place told anew. `version` is the newest that was seen; without `valid_from_ms` it holds from now on."""

    version: Annotated[int, Field(ge=1)]
    valid_from_ms: Millis | None = None
    retired: bool = False


class PlaceOut(BaseModel):
    """A place in one of its versions."""

    id: str
    kind: PlaceKind
    code: str
    name: str
    party: str | None
    within: str | None
    shape: ShapeIO | None
    details: dict[str, Any]
    retired: bool
    version: int
    valid_from_ms: int
    told_ms: int
    told_by: str

    @classmethod
    def of(cls, place: Place) -> "PlaceOut":
        """A place on record."""
        return cls(
            id=place.id,
            kind=place.kind,
            code=place.code,
            name=place.name,
            party=place.party,
            within=place.within_code,
            shape=ShapeIO.of(place.shape),
            details=plain(place.details),
            retired=place.retired,
            version=place.version,
            valid_from_ms=place.valid_from_ms,
            told_ms=place.told_ms,
            told_by=place.told_by,
        )


class PlacesOut(BaseModel):
    """Places, and the cursor of the next page."""

    places: list[PlaceOut]
    next: str | None = None


class RowOut(BaseModel):
    """What became of one row of a file. `error` is the code of a refusal, `facts` what disagrees."""

    row: int
    code: str
    outcome: Outcome
    place: str | None
    doubt: Doubt | None
    error: str | None
    facts: dict[str, str | int | None]

    @classmethod
    def of(cls, row: Row) -> "RowOut":
        """A row of a report."""
        error, facts = (row.error.code, row.error.params) if row.error is not None else (None, {})
        return cls(
            row=row.row, code=row.code, outcome=row.outcome, place=row.place, doubt=row.doubt, error=error, facts=facts
        )


class ReportOut(BaseModel):
    """A file's report. Unless `done`, nothing was taken in."""

    done: bool
    rows: list[RowOut]

    @classmethod
    def of(cls, report: Report) -> "ReportOut":
        """A report."""
        return cls(done=report.done, rows=[RowOut.of(row) for row in report.rows])


class DayOut(BaseModel):
    """What a day is, other than its weekday says."""

    day: date
    kind: DayKind
    name: str


class DaysOut(BaseModel):
    """The days of a place, in order."""

    days: list[DayOut]

    @classmethod
    def of(cls, days: Sequence[Day]) -> "DaysOut":
        """Days on record."""
        return cls(days=[DayOut(day=one.day, kind=one.kind, name=one.name) for one in days])


class DaysToldOut(BaseModel):
    """What became of the days that were told; what is over stays as it was."""

    set: int
    same: int
    past: int


class OpeningOut(BaseModel):
    """An open day."""

    day: date


class RuleIO(Body):
    """Postal codes that begin so go to that lane, for that route."""

    prefix: Annotated[str, Field(max_length=10)]
    lane: Annotated[str, Field(max_length=32)]
    route: Annotated[str, Field(max_length=40)]


class PlanIn(Body):
    """A depot's whole sort plan. `version` is the newest that was seen, 0 for none."""

    version: Annotated[int, Field(ge=0)]
    valid_from_ms: Millis | None = None
    rules: Annotated[list[RuleIO], Field(max_length=RULES_MAX)]


class PlanOut(BaseModel):
    """A depot's sort plan as it stands; version 0 is none."""

    version: int
    valid_from_ms: int | None = None
    told_ms: int | None = None
    told_by: str | None = None
    rules: list[RuleIO] = []

    @classmethod
    def of(cls, plan: SortPlan | None) -> "PlanOut":
        """A plan on record."""
        if plan is None:
            return cls(version=0)
        rules = [RuleIO(prefix=one.prefix, lane=one.lane, route=one.route) for one in plan.rules.values()]
        return cls(
            version=plan.version,
            valid_from_ms=plan.valid_from_ms,
            told_ms=plan.told_ms,
            told_by=plan.told_by,
            rules=rules,
        )


class InstructionsIO(Body):
    """How a gate is opened."""

    text: Annotated[str, Field(min_length=1, max_length=INSTRUCTIONS_CHARS_MAX)]
