"""From an OpenStreetMap extract to a build: address index, basemap, road graphs, and what they are made of."""

import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from safehand.places.addresses.extract import read_extract
from safehand.places.addresses.index import FORMAT, write_index, write_waters
from safehand.places.addresses.streets import streets_of
from safehand.places.basemap.builds import ABOUT, BASEMAP, INDEX, ROADS, About, MapFolder
from safehand.places.basemap.errors import MapFileMissing, MapFileUnusable, MapUnwritable, MapWithoutAddresses
from safehand.places.basemap.features import read_features
from safehand.places.basemap.tiles import waters_of, write_basemap
from safehand.roads.building import build_roads
from safehand.roads.speeds import read_week

MAP_BYTES_MAX = 2 * 1024**3
DOORS_MAX = 20_000_000
CHUNK_BYTES = 1024 * 1024
SUM_BYTES_MAX = 4_096


class Stage(StrEnum):
    """What is being done."""

    CHECK = "check"
    ADDRESSES = "addresses"
    INDEX = "index"
    SHAPES = "shapes"
    TILES = "tiles"
    ROADS = "roads"
    PLACE = "place"


type Tell = Callable[[Stage, int, int], None]
"""The stage, how much of it is done, and of how much; 0 where nobody can know."""


@dataclass(frozen=True, slots=True)
class Built:
    """The new build, and how many older ones somebody still reads."""

    about: About
    index_bytes: int
    basemap_bytes: int
    roads_bytes: int
    """What road graphs take on the disk: files that several graphs share count once."""
    still_read: int


def build_map(folder: MapFolder, source: Path, now_ms: int, tell: Tell) -> Built:
    """Make a build of an extract and put it in the place of the one before.

    If FILE.sha256 lies beside it, as sha256sum writes it, the file must be what that says: an extract that is cut
    between two of its blocks cannot be told from a smaller one otherwise.

    Errors
        MapFileMissing, MapFileUnusable, MapWithoutAddresses  nothing was changed.
        RoadsFileUnusable, RoadsTooLarge, RoadsProgramFailed, GraphUnsound  likewise.
        MapBuildRunning  another build writes there.
        MapUnwritable    the disk is full, or the folder cannot be written. Nothing was changed.
    """
    digest, size = _checked(source, tell)
    name = f"{now_ms:013d}-{digest[:12]}"
    with _writable(folder), folder.building():
        unfinished = folder.unfinished(name)
        try:
            about = _made(unfinished, source, tell)
            about = msgspec.structs.replace(about, build=name, source_sha256=digest, source_bytes=size, made_ms=now_ms)
            (unfinished / ABOUT).write_bytes(msgspec.json.format(msgspec.json.encode(about)) + b"\n")
            sizes = (
                (unfinished / INDEX).stat().st_size,
                (unfinished / BASEMAP).stat().st_size,
                _size(unfinished / ROADS),
            )
            tell(Stage.PLACE, 0, 1)
            folder.put_in_place(unfinished, name)
            tell(Stage.PLACE, 1, 1)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        return Built(about, *sizes, folder.remove_unread())


@contextmanager
def _writable(folder: MapFolder) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise MapUnwritable(folder.path, reason or str(error)) from None


def _checked(source: Path, tell: Tell) -> tuple[str, int]:
    """The file's SHA-256 and size, once it is what its publisher says."""
    if not source.is_file():
        raise MapFileMissing(source)
    size, read = source.stat().st_size, 0
    if size > MAP_BYTES_MAX:
        raise MapFileUnusable(source, f"larger than {MAP_BYTES_MAX} bytes")
    digest = hashlib.sha256()
    try:
        with source.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
                read += len(chunk)
                tell(Stage.CHECK, read, size)
        beside = source.with_name(source.name + ".sha256")
        said = beside.read_bytes()[:SUM_BYTES_MAX].split()[:1] if beside.is_file() else []
    except OSError as error:
        raise MapFileUnusable(source, error.strerror or str(error)) from None
    if said and said[0].lower() != digest.hexdigest().encode():
        raise MapFileUnusable(source, f"not what {beside.name} says: it was not read to its end, or changed")
    return digest.hexdigest(), read


def _made(unfinished: Path, source: Path, tell: Tell) -> About:
    """The files, and what they hold."""
    with _readable(source):
        extract = read_extract(source, DOORS_MAX, _counted(tell, Stage.ADDRESSES))
    if not extract.doors:
        raise MapWithoutAddresses(source)
    tell(Stage.INDEX, 0, 1)
    streets = streets_of(extract)
    write_index(unfinished / INDEX, streets, extract.box_e7)
    tell(Stage.INDEX, 1, 1)
    with _readable(source):
        features = read_features(source, _counted(tell, Stage.SHAPES))
    write_waters(unfinished / INDEX, waters_of(features))
    written = write_basemap(unfinished / BASEMAP, features, lambda done, of: tell(Stage.TILES, done, of))
    roads = build_roads(source, unfinished / ROADS, read_week(), lambda done, of: tell(Stage.ROADS, done, of))
    south, west, north, east = extract.box_e7
    return About(
        build="",
        format=FORMAT,
        source=source.name,
        source_sha256="",
        source_bytes=0,
        made_ms=0,
        doors=sum(len(street.houses) for street in streets),
        streets=sum(not street.locality for street in streets),
        localities=sum(street.locality for street in streets),
        features=len(features),
        tiles=written.tiles,
        south_e7=south,
        west_e7=west,
        north_e7=north,
        east_e7=east,
        roads={profile.value: count for profile, count in roads.profiles.items()},
    )


def _size(folder: Path) -> int:
    found = (entry.stat() for entry in folder.rglob("*") if entry.is_file())
    return sum({state.st_ino: state.st_size for state in found}.values())


@contextmanager
def _readable(source: Path) -> Iterator[None]:
    """What the reader of extracts says of a file that it cannot read, as a refusal."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise MapFileUnusable(source, str(error)) from None


def _counted(tell: Tell, stage: Stage) -> Callable[[int], None]:
    done = 0

    def tick(more: int) -> None:
        nonlocal done
        done += more
        tell(stage, done, 0)

    tell(stage, 0, 0)
    return tick
