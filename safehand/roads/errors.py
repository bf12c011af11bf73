"""What roads refuse, and what is said where there are none."""

from pathlib import Path

from safehand.kernel.errors import Conflict, Invalid, NotFound, SafehandError, TooLarge, Unavailable


class RoadsFileUnusable(Invalid):
    """The file is cut, or no OpenStreetMap extract."""

    code = "roads.file_unusable"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path=str(path), reason=reason)


class NoRoads(NotFound):
    """The map has no road for this profile, or was built before there were road graphs."""

    code = "roads.none"

    def __init__(self, graph: str) -> None:
        super().__init__(graph=graph)


class RoadsTooLarge(TooLarge):
    """A program that builds roads went beyond its time, its memory or what it may say."""

    code = "roads.too_large"

    def __init__(self, program: str, limit: str) -> None:
        super().__init__(program=program, limit=limit)


class RoadsProgramFailed(SafehandError):
    """A program that builds roads is missing or ended badly, and the map is not to blame."""

    code = "roads.program_failed"

    def __init__(self, program: str, reason: str) -> None:
        super().__init__(program=program, reason=reason)


class GraphUnsound(SafehandError):
    """A graph came out otherwise than it was asked for: it is thrown away."""

    code = "roads.graph_unsound"

    def __init__(self, graph: str, reason: str) -> None:
        super().__init__(graph=graph, reason=reason)


class GraphUnreadable(Unavailable):
    """The files of a graph are not whole, or another version wrote them."""

    code = "roads.graph_unreadable"

    def __init__(self, graph: str, reason: str) -> None:
        super().__init__(graph=graph, reason=reason)


class VariantExists(Conflict):
    """A variant of that name is there already."""

    code = "roads.variant_exists"

    def __init__(self, graph: str) -> None:
        super().__init__(graph=graph)


class PointsUnusable(Invalid):
    """Points are none, too few, or not on the earth."""

    code = "roads.points_unusable"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


class TooManyPoints(TooLarge):
    """More points than one question may have."""

    code = "roads.too_many_points"

    def __init__(self, points: int, points_max: int) -> None:
        super().__init__(points=points, points_max=points_max)


class OffNetwork(Invalid):
    """A point lies farther from any road than a parcel is carried."""

    code = "roads.off_network"

    def __init__(self, index: int, metres_max: int) -> None:
        super().__init__(index=index, metres_max=metres_max)


class NoWay(NotFound):
    """No way leads from one point to the next."""

    code = "roads.no_way"

    def __init__(self, points: int) -> None:
        super().__init__(points=points)


class WeightingUnusable(Invalid):
    """A weighting names segments that are not there, or a factor that is none."""

    code = "roads.weighting_unusable"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


class WeekUnusable(Invalid):
    """A week of speeds has not its 168 hours, or a factor beyond its limits."""

    code = "roads.week_unusable"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
