"""What the places desk refuses."""

from safehand.kernel.errors import Conflict, Invalid, Malformed, NotFound, TooLarge


class NoSuchPlace(NotFound):
    """No place of that id or code, or none that the asker may see."""

    code = "places.no_such_place"

    def __init__(self, place: str) -> None:
        super().__init__(place=place[:40])


class BadCode(Invalid):
    """A code has 2 to 32 capital letters and digits, with dashes between them."""

    code = "places.bad_code"

    def __init__(self, given: str) -> None:
        super().__init__(given=given[:40])


class CodeTaken(Conflict):
    """Another place has the code."""

    code = "places.code_taken"

    def __init__(self, given: str) -> None:
        super().__init__(given=given)


class CodeTwice(Invalid):
    """Two rows of one file have the same code."""

    code = "places.code_twice"

    def __init__(self, given: str, row: int) -> None:
        super().__init__(given=given, row=row)


class IdTaken(Conflict):
    """The id is that of a place with another code."""

    code = "places.id_taken"

    def __init__(self, id: str, has: str) -> None:
        super().__init__(id=id[:40], has=has)


class DepotPlaced(Conflict):
    """A depot is one place: this one stands somewhere already."""

    code = "places.depot_placed"

    def __init__(self, has: str) -> None:
        super().__init__(has=has)


class PlaceFixed(Conflict):
    """What a place is, whose it is and what it is part of never changes: that would be another place."""

    code = "places.fixed"

    def __init__(self, place: str, what: str) -> None:
        super().__init__(place=place, what=what)


class PlaceChanged(Conflict):
    """Somebody changed the place since it was read."""

    code = "places.changed"

    def __init__(self, version: int, newest: int) -> None:
        super().__init__(version=version, newest=newest)


class TooManyVersions(Conflict):
    """A place has been changed as often as any place may be."""

    code = "places.too_many_versions"

    def __init__(self, at_most: int) -> None:
        super().__init__(at_most=at_most)


class InThePast(Invalid):
    """A change cannot begin before it is told: what was true then stays on record."""

    code = "places.in_the_past"

    def __init__(self, valid_from_ms: int, now_ms: int) -> None:
        super().__init__(valid_from_ms=valid_from_ms, now_ms=now_ms)


class BadDetails(Invalid):
    """The details are not those of this kind of place."""

    code = "places.bad_details"

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(kind=kind, why=why[:200])


class WrongOwner(Invalid):
    """This kind of place belongs to another kind of party, to none, or is part of another kind of place."""

    code = "places.wrong_owner"

    def __init__(self, kind: str, wanted: str) -> None:
        super().__init__(kind=kind, wanted=wanted)


class WrongShape(Invalid):
    """A point is given where an area is wanted, or the other way round."""

    code = "places.wrong_shape"

    def __init__(self, kind: str, wanted: str) -> None:
        super().__init__(kind=kind, wanted=wanted)


class BadHours(Invalid):
    """Opening hours that no day has."""

    code = "places.bad_hours"

    def __init__(self, given: str) -> None:
        super().__init__(given=given[:60])


class BadZone(Invalid):
    """No such zone in the IANA database."""

    code = "places.bad_zone"

    def __init__(self, given: str) -> None:
        super().__init__(given=given[:60])


class NoHours(Conflict):
    """This kind of place keeps no hours, so it has no calendar."""

    code = "places.no_hours"

    def __init__(self, place: str) -> None:
        super().__init__(place=place)


class OutsideEarth(Invalid):
    """Latitude beyond 90 degrees or longitude beyond 180."""

    code = "places.outside_earth"


class CrossesAntimeridian(Invalid):
    """An area across 180 degrees of longitude: it has to be told as two."""

    code = "places.crosses_antimeridian"


class AreaTooLarge(Invalid):
    """An area that reaches further than any carrier's day."""

    code = "places.area_too_large"


class AreaTooTangled(Invalid):
    """Checking the areas would take too long."""

    code = "places.area_too_tangled"


class AreaTooDetailed(Invalid):
    """More corners or holes than are looked at."""

    code = "places.area_too_detailed"

    def __init__(self, what: str, count: int, at_most: int) -> None:
        super().__init__(what=what, count=count, at_most=at_most)


class AreaFlat(Invalid):
    """Fewer than three corners, or all of them on one line: nothing lies inside."""

    code = "places.area_flat"


class AreaOpen(Invalid):
    """The last position of a ring is not its first."""

    code = "places.area_open"


class AreaCrosses(Invalid):
    """Two edges touch where they should not: nobody could say what lies inside."""

    code = "places.area_crosses"


class HoleMisplaced(Invalid):
    """A hole that does not lie in the area, or lies in another hole."""

    code = "places.hole_misplaced"


class WrongEncoding(Malformed):
    """The file is not UTF-8."""

    code = "places.wrong_encoding"

    def __init__(self, guess: str) -> None:
        super().__init__(guess=guess)


class HalfFile(Malformed):
    """The file ends in the middle."""

    code = "places.half_file"

    def __init__(self, bytes: int) -> None:
        super().__init__(bytes=bytes)


class FileUnreadable(Malformed):
    """The file is not what it was said to be."""

    code = "places.file_unreadable"

    def __init__(self, wanted: str, why: str) -> None:
        super().__init__(wanted=wanted, why=why[:200])


class ForeignGrid(Invalid):
    """The file says that its coordinates are of another reference system."""

    code = "places.foreign_grid"

    def __init__(self, given: str) -> None:
        super().__init__(given=given[:60])


class FileTooLarge(TooLarge):
    """More in one file than is taken at once."""

    code = "places.file_too_large"

    def __init__(self, what: str, count: int, at_most: int) -> None:
        super().__init__(what=what, count=count, at_most=at_most)


class BadDay(Invalid):
    """A day that cannot be set: no date, too far away, or a word that there is not."""

    code = "places.bad_day"

    def __init__(self, given: str) -> None:
        super().__init__(given=given[:40])


class BadSortRule(Invalid):
    """A rule of a sort plan that leads nowhere, or twice."""

    code = "places.bad_sort_rule"

    def __init__(self, row: int, what: str, given: str) -> None:
        super().__init__(row=row, what=what, given=given[:40])


class LaneInUse(Conflict):
    """The depot's sort plan leads to the lane."""

    code = "places.lane_in_use"

    def __init__(self, lane: str, prefix: str) -> None:
        super().__init__(lane=lane, prefix=prefix)


class NoLane(NotFound):
    """No rule of the depot's sort plan fits the postal code."""

    code = "places.no_lane"

    def __init__(self, postal_code: str) -> None:
        super().__init__(postal_code=postal_code[:16])


class NoInstructions(NotFound):
    """Nobody has written down how to get in here, or it was erased."""

    code = "places.no_instructions"

    def __init__(self, place: str) -> None:
        super().__init__(place=place)


class BadInstructions(Invalid):
    """Instructions for what is no gate, or too long."""

    code = "places.bad_instructions"

    def __init__(self, chars: int, at_most: int) -> None:
        super().__init__(chars=chars, at_most=at_most)
