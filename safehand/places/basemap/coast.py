"""Land and sea: OpenStreetMap draws the shore alone, with the land on its left."""

import shapely
from shapely.ops import linemerge, polygonize

_STEP_DEG = 1e-6


def land_and_sea(
    shores: list[shapely.Geometry], frame: shapely.Polygon
) -> tuple[shapely.Geometry, shapely.Geometry | None]:
    """The frame's land and its sea; all of it land where there is no shore.

    An extract that is cut to a border leaves shores that end inside the frame. They are led to the nearest edge.
    """
    inside = [shore for shore in shores if frame.intersects(shore)]
    if not inside:
        return frame, None
    merged = linemerge(inside)
    edge = frame.exterior
    loose = [
        shapely.LineString([end, edge.interpolate(edge.project(end))])
        for line in getattr(merged, "geoms", [merged])
        if not line.is_ring
        for end in (shapely.Point(line.coords[0]), shapely.Point(line.coords[-1]))
        if frame.contains(end)
    ]
    lines = shapely.union_all([merged.intersection(frame), *loose, frame.boundary])
    tree = shapely.STRtree(inside)
    land: list[shapely.Geometry] = []
    sea: list[shapely.Geometry] = []
    for piece in polygonize(lines):
        (land if _is_land(piece, inside, tree) else sea).append(piece)
    return shapely.union_all(land), shapely.union_all(sea) if sea else None


def _is_land(piece: shapely.Polygon, shores: list[shapely.Geometry], tree: shapely.STRtree) -> bool:
    """Whether a piece lies on the left of the shore nearest to it."""
    spot = piece.representative_point()
    shore = shores[int(tree.nearest(spot))]
    at = shore.project(spot)
    before, after = shore.interpolate(max(at - _STEP_DEG, 0)), shore.interpolate(at + _STEP_DEG)
    return bool((after.x - before.x) * (spot.y - before.y) - (after.y - before.y) * (spot.x - before.x) > 0)
