"""From an OpenStreetMap extract to road graphs: extracted, partitioned, kept pristine, customized for each period."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from safehand.roads.errors import RoadsFileUnusable, RoadsProgramFailed, RoadsTooLarge
from safehand.roads.graphs import ABOUT, FORMAT, FREE, PRISTINE, SEGMENTS, About, Graph, Profile, RoadFolder
from safehand.roads.periods import Period, busy_periods
from safehand.roads.programs import THREADS, Failure, Limits, limits_for, profile_file, run
from safehand.roads.segments import Segments, read_segments
from safehand.roads.speeds import WeekProfile
from safehand.roads.variants import make_variant
from safehand.roads.weighting import weighting

ROADLESS = ("no edges", "no snapped edges", "does not contain any edges")
"""How the extractor says that a map has no road for a profile."""
MEMORYLESS = ("bad_alloc", "cannot allocate", "not enough memory", "resource temporarily unavailable")
KILLED = -9
"""By the kernel, which has no memory left."""
STEPS = 4
"""Extract, partition, segments, free flow: of each profile."""

type Tell = Callable[[int, int], None]
"""How many steps of how many are done."""


@dataclass(frozen=True, slots=True)
class _Work:
    source: Path
    roads: RoadFolder
    limits: Limits
    step: Callable[[], None]


def build_roads(source: Path, folder: Path, week: WeekProfile, tell: Tell, limits: Limits | None = None) -> About:
    """Make the road graphs of an extract in a new folder. Not durable yet: whoever puts it in its place sees to that.

    Shapes
        limits  what each program may take; by the map's size if nothing is said.

    Errors
        RoadsFileUnusable   the map is cut or none.
        RoadsTooLarge       the map takes more memory or time than a map of its size may.
        RoadsProgramFailed, GraphUnreadable, GraphUnsound
        OSError             the folder cannot be written.
    """
    if not source.is_file():
        raise RoadsFileUnusable(source, "no such file")
    folder.mkdir()
    done, steps = 0, STEPS * len(Profile) + 1

    def step() -> None:
        nonlocal done
        done += 1
        tell(done, steps)

    tell(0, steps)
    work = _Work(source, RoadFolder(folder), limits or limits_for(source.stat().st_size), step)
    found: dict[Profile, int] = {}
    periods: tuple[Period, ...] = ()
    for profile in Profile:
        segments = _base(work, profile)
        if segments is None:
            continue
        found[profile] = len(segments)
        if profile is Profile.CAR:
            periods = busy_periods(week, segments)
            _busy(work, segments, periods)
    about = About(format=FORMAT, profiles=found, hours=_hours(periods, Profile.CAR in found), week_source=week.source)
    (folder / ABOUT).write_bytes(msgspec.json.format(msgspec.json.encode(about)) + b"\n")
    tell(steps, steps)
    return about


def _base(work: _Work, profile: Profile) -> Segments | None:
    """The pristine graph, its segments, and the graph in free flow; None if the map has no such road."""
    home = work.roads.path / profile
    pristine = Graph(profile, home / PRISTINE)
    pristine.folder.mkdir(parents=True)
    common: list[str | Path] = ["--threads", str(THREADS), "--verbosity", "WARNING"]
    extract = [*common, "--profile", profile_file(profile), "--output", pristine.stem, work.source]
    failed = run("osrm-extract", extract, work.limits)
    work.step()
    if failed is not None and any(said in failed.said.lower() for said in ROADLESS):
        shutil.rmtree(home)
        return None
    _went_well("osrm-extract", failed, work.source)
    _went_well("osrm-partition", run("osrm-partition", [*common, pristine.stem], work.limits), work.source)
    work.step()
    try:
        segments = read_segments(pristine, work.source)
    except RuntimeError as error:
        raise RoadsFileUnusable(work.source, str(error)) from None
    segments.save(home / SEGMENTS)
    work.step()
    make_variant(pristine, segments, None, home / FREE, work.limits)
    work.step()
    return segments


def _busy(work: _Work, segments: Segments, periods: tuple[Period, ...]) -> None:
    pristine = Graph(Profile.CAR, work.roads.path / Profile.CAR / PRISTINE)
    for period in periods:
        if period.name != FREE:
            slower = weighting(segments, slowness=period.slowness(segments))
            make_variant(pristine, segments, slower, work.roads.path / Profile.CAR / period.name, work.limits)


def _hours(periods: tuple[Period, ...], has_cars: bool) -> tuple[str, ...]:
    names = {hour: period.name for period in periods for hour in period.hours}
    return tuple(names[hour] for hour in sorted(names)) if has_cars else ()


def _went_well(program: str, failed: Failure | None, source: Path) -> None:
    """Say what a failure means."""
    if failed is None:
        return
    said = failed.said.lower()
    if failed.code == KILLED or any(words in said for words in MEMORYLESS):
        raise RoadsTooLarge(program, "memory")
    if program == "osrm-extract":
        raise RoadsFileUnusable(source, failed.said or f"{program} ended with {failed.code}")
    raise RoadsProgramFailed(program, failed.said or f"exit {failed.code}")
