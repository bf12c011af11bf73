"""Places on record: as they stand at a moment, and every version that there was."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safehand.identity.pages import PAGE_MAX, Page, page_of
from safehand.identity.reach import Reach, Tie
from safehand.kernel.ids import PLACE, PartyId, PlaceId, is_id
from safehand.places.errors import NoSuchPlace
from safehand.places.geometry import Area, Point, Ring
from safehand.places.model import CODE_SHAPE, Place, PlaceKind, details_of
from safehand.store.database import Record, Tx

VERSIONS_MAX = 1_000
"""Versions of one place."""
AREAS_MAX = 5_000
"""Areas that are looked through for a point."""
AREAS = (PlaceKind.GEOFENCE, PlaceKind.NO_GO, PlaceKind.AVOID)

_COLUMNS = (
    "p.id, p.kind, p.code, p.party, p.within, w.code AS within_code,"
    " v.version, v.valid_from_ms, v.told_ms, v.told_by, v.name, v.shape, v.details, v.retired"
)
_IN_FORCE = (
    f"SELECT {_COLUMNS} FROM places p LEFT JOIN places w ON w.id = p.within JOIN LATERAL ("  # noqa: S608 - constants
    "   SELECT * FROM place_versions WHERE place = p.id AND valid_from_ms <= $1"
    "   ORDER BY valid_from_ms DESC, version DESC LIMIT 1"
    " ) v ON true"
)
_EVERY = (
    f"SELECT {_COLUMNS} FROM places p LEFT JOIN places w ON w.id = p.within"  # noqa: S608 - constants
    " JOIN place_versions v ON v.place = p.id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Part of the places: of one kind, of one depot, with those that are no more."""

    kind: PlaceKind | None = None
    within: str | None = None
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """Reads, in the caller's transaction."""

    async def get(self, tx: Tx, place: str, at_ms: int) -> Place:
        """The place of that id or code, as it stands at that moment.

        Errors
            NoSuchPlace
        """
        if is_id(PLACE, place):
            rows = await tx.fetch(f"{_IN_FORCE} WHERE p.id = $2", at_ms, place)
        elif CODE_SHAPE.fullmatch(place):
            rows = await tx.fetch(f"{_IN_FORCE} WHERE p.code = $2", at_ms, place)
        else:
            rows = []
        if not rows:
            raise NoSuchPlace(place)
        return _place(rows[0])

    async def by_code(self, tx: Tx, codes: Collection[str], at_ms: int) -> dict[str, Place]:
        """Places by code; unknown ones are left out."""
        rows = await tx.fetch(f"{_IN_FORCE} WHERE p.code = ANY($2::text[])", at_ms, list(codes))
        return {row["code"]: _place(row) for row in rows}

    async def of_party(self, tx: Tx, party: PartyId, kind: PlaceKind, at_ms: int) -> list[Place]:
        """A party's places of one kind that are not retired."""
        rows = await tx.fetch(
            f"{_IN_FORCE} WHERE p.party = $2 AND p.kind = $3 AND NOT v.retired ORDER BY p.id LIMIT $4",
            at_ms,
            party,
            kind.value,
            PAGE_MAX,
        )
        return [_place(row) for row in rows]

    async def page(
        self, tx: Tx, reach: Reach, which: Which, at_ms: int, *, after: str | None = None, rows_max: int = PAGE_MAX
    ) -> Page[Place]:
        """The places that somebody sees, oldest first."""
        seen = reach.condition({Tie.PARTY: "p.party"}, 7)
        rows = await tx.fetch(
            f"{_IN_FORCE} WHERE p.id > $2 AND ($3::text IS NULL OR p.kind = $3) AND ($4::text IS NULL OR p.within = $4)"
            f" AND ($5 OR NOT v.retired) AND {seen.text} ORDER BY p.id LIMIT $6",
            at_ms,
            after or "",
            which.kind.value if which.kind else None,
            which.within,
            which.retired,
            rows_max + 1,
            *seen.values,
        )
        found = [_place(row) for row in rows]
        return page_of(found) if rows_max == PAGE_MAX else _page(found, rows_max)

    async def counts(self, tx: Tx, reach: Reach, at_ms: int) -> dict[PlaceKind, int]:
        """How many there are of each kind that somebody sees, without those that are no more."""
        seen = reach.condition({Tie.PARTY: "p.party"}, 2)
        rows = await tx.fetch(
            f"SELECT kind, count(*) AS n FROM ({_IN_FORCE} WHERE NOT v.retired AND {seen.text}) p GROUP BY kind",  # noqa: S608
            at_ms,
            *seen.values,
        )
        return {PlaceKind(row["kind"]): row["n"] for row in rows}

    async def history(self, tx: Tx, place: PlaceId) -> list[Place]:
        """Every version, the newest first."""
        rows = await tx.fetch(f"{_EVERY} WHERE p.id = $1 ORDER BY v.version DESC LIMIT $2", place, VERSIONS_MAX)
        return [_place(row) for row in rows]

    async def from_now_on(self, tx: Tx, place: PlaceId, at_ms: int) -> list[Place]:
        """The version in force, then those that are planned, in the order in which they begin to hold."""
        rows = await tx.fetch(
            f"{_EVERY} WHERE p.id = $1 ORDER BY v.valid_from_ms, v.version LIMIT $2", place, VERSIONS_MAX
        )
        versions = list({one.valid_from_ms: one for one in map(_place, rows)}.values())  # of equals the last word
        past = [one for one in versions if one.valid_from_ms <= at_ms]
        return [*past[-1:], *versions[len(past) :]]

    async def around(self, tx: Tx, point: Point, at_ms: int, kinds: Sequence[PlaceKind] = AREAS) -> list[Place]:
        """The areas that the point lies in, as they stood at that moment."""
        rows = await tx.fetch(
            f"{_IN_FORCE} WHERE p.kind = ANY($2::text[]) AND NOT v.retired ORDER BY p.id LIMIT $3",
            at_ms,
            [kind.value for kind in kinds],
            AREAS_MAX,
        )
        return [place for place in map(_place, rows) if place.contains(point)]


def shape_columns(shape: Point | Area | None) -> dict[str, Any] | None:
    """A shape as the database keeps it: whole numbers, latitude first."""
    if isinstance(shape, Point):
        return {"point": [shape.lat_e7, shape.lon_e7]}
    if isinstance(shape, Area):
        rings = (shape.outer, *shape.holes)
        return {"rings": [[[corner.lat_e7, corner.lon_e7] for corner in ring] for ring in rings]}
    return None


def _shape(kept: Mapping[str, Any] | None) -> Point | Area | None:
    if kept is None:
        return None
    if "point" in kept:
        return Point(*kept["point"])
    outer, *holes = (_ring(ring) for ring in kept["rings"])
    return Area(outer, tuple(holes))


def _ring(kept: Sequence[Sequence[int]]) -> Ring:
    return tuple(Point(lat_e7, lon_e7) for lat_e7, lon_e7 in kept)


def _page(found: list[Place], rows_max: int) -> Page[Place]:
    shown = found[:rows_max]
    return Page(shown, shown[-1].id if len(found) > rows_max else None)


def _place(row: Record) -> Place:
    kind = PlaceKind(row["kind"])
    return Place(
        id=row["id"],
        kind=kind,
        code=row["code"],
        party=row["party"],
        within=row["within"],
        within_code=row["within_code"],
        version=row["version"],
        valid_from_ms=row["valid_from_ms"],
        told_ms=row["told_ms"],
        told_by=row["told_by"],
        name=row["name"],
        shape=_shape(row["shape"]),
        details=details_of(kind, row["details"]).normal(),  # jsonb has an order of its own
        retired=row["retired"],
    )
