"""Roads: what a table of a thousand stops costs beside what the engine itself takes for it."""

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from bench.measure import Measure
from safehand.demo.town import default_map
from safehand.roads.building import build_roads
from safehand.roads.engine import Engine
from safehand.roads.graphs import Profile, RoadFolder
from safehand.roads.network import Network
from safehand.roads.points import PointE7
from safehand.roads.segments import Segments
from safehand.roads.speeds import read_week

RATIO_MAX = 1.2
STOPS = 1_000
REPEATS = 11
SEED = 5
COUNTRY = Path(__file__).resolve().parents[2] / "shared" / "data" / "maps" / "liechtenstein-latest.osm.pbf"


def table() -> Measure:
    """Durations and distances between all of STOPS points on a country's roads, as arrays; against the engine alone."""
    with tempfile.TemporaryDirectory() as name:
        source = COUNTRY if COUNTRY.is_file() else default_map()
        folder = Path(name) / "roads"
        build_roads(source, folder, read_week(), lambda _done, _of: None)
        points = stops(RoadFolder(folder))
        graph = RoadFolder(folder).graph(Profile.CAR)
        engine = Clocked(graph)
        network = Network(graph, engine)
        floors_s, ratios = list[float](), list[float]()
        for _ in range(REPEATS):
            engine.took_s = 0.0
            took_s = cpu_s(lambda: network.table(points, points))[0]
            floors_s.append(engine.took_s)
            ratios.append(took_s / engine.took_s)
        engine.close()
    return Measure(
        subject="table of 1000 x 1000",
        value=median(ratios),
        unit="x",
        must="at most",
        bound=RATIO_MAX,
        floor="the engine's own answer, not read",
        detail=f"{min(floors_s) * 1000:.0f} ms the floor at best; median of {REPEATS} runs on {source.name}",
    )


class Clocked(Engine):
    """An engine whose answers are timed: the floor and what is measured are one run, and are disturbed alike."""

    took_s = 0.0

    def ask(self, service: str, asked: Any) -> Any:
        took_s, answer = cpu_s(lambda: super(Clocked, self).ask(service, asked))
        self.took_s += took_s
        return answer


def cpu_s(work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor time of one run, in seconds, and what came of it: one thread that waits for nothing."""
    start = time.process_time()
    answer = work()
    return time.process_time() - start, answer


def stops(roads: RoadFolder) -> list[PointE7]:
    """Places on roads, drawn with a fixed seed."""
    rows = Segments.load(roads.segments(Profile.CAR)).rows
    at = random.Random(SEED).sample(range(len(rows)), min(STOPS, len(rows)))
    return [(int(rows["from_lat_e7"][row]), int(rows["from_lon_e7"][row])) for row in at]
