"""`safehand map build`: address index, basemap and road graphs of an extract, put in their place in one step.

Exit 0: built. 2: the file cannot be used, and what was there before is still there.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safehand.cli.refusal import refusal
from safehand.kernel.catalogue import DEFAULT_LANGUAGE, Catalogue, load_catalogue
from safehand.kernel.clock import SystemClock
from safehand.kernel.errors import SafehandError

if TYPE_CHECKING:  # maps and shapes are loaded when one is built, not for every other command
    from safehand.places.basemap.building import Built, Stage, Tell

DATA_DEFAULT = Path("safehand-data")
REDRAW_S = 0.2


def register(app: typer.Typer) -> None:
    """Add the commands."""
    maps = typer.Typer(no_args_is_help=True, help="The map: addresses to find, a basemap to show, roads to take.")
    maps.command("build")(build)
    app.add_typer(maps, name="map")


def build(
    file: Annotated[Path, typer.Argument(metavar="FILE.osm.pbf", help="An OpenStreetMap extract.")],
    data: Annotated[Path | None, typer.Option(help="The installation's folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The last line of output is one JSON value.")] = False,
) -> None:
    """Build the map of an extract, and have it read from then on. Nothing needs to be stopped."""
    from safehand.places.basemap.building import build_map
    from safehand.places.basemap.builds import MapFolder

    words = load_catalogue(DEFAULT_LANGUAGE)
    folder = MapFolder((data or Path(os.environ.get("SAFEHAND_DATA", DATA_DEFAULT))).resolve() / "map")
    began = time.monotonic()
    try:
        with _bar(words) as tell:
            built = build_map(folder, file, SystemClock().now_ms(), tell)
    except SafehandError as refused:
        raise refusal(refused, words, as_json) from None
    took_ms = round((time.monotonic() - began) * 1_000)
    if as_json:
        typer.echo(json.dumps(_summary(built, took_ms)))
    else:
        typer.echo(
            words.say("map.built" if built.about.roads else "map.built_without_roads", **_summary(built, took_ms))
        )


def _summary(built: "Built", took_ms: int) -> dict[str, str | int]:
    about = built.about
    return {
        "build": about.build,
        "source": about.source,
        "doors": about.doors,
        "streets": about.streets,
        "localities": about.localities,
        "features": about.features,
        "tiles": about.tiles,
        "index_bytes": built.index_bytes,
        "roads": built.about.roads.get("car", 0),
        "basemap_bytes": built.basemap_bytes,
        "roads_bytes": built.roads_bytes,
        "still_read": built.still_read,
        "took_ms": took_ms,
    }


@contextmanager
def _bar(words: Catalogue) -> "Iterator[Tell]":
    """A progress bar on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[done]}"), TimeElapsedColumn()
    console = Console(stderr=True, highlight=False)
    shown = console.is_terminal
    with Progress(*columns, console=console, refresh_per_second=1 / REDRAW_S, disable=not shown) as progress:
        tasks: dict[Stage, TaskID] = {}

        def tell(stage: "Stage", done: int, of: int) -> None:
            if stage not in tasks:
                name = words.say(f"map.stage.{stage}")
                tasks[stage] = progress.add_task(name, total=None, done="")
                if not shown:
                    console.print(name)
            said = f"{done / of:.0%}" if of else f"{done:,}" if done else ""
            progress.update(tasks[stage], total=of or None, completed=done, done=said)

        yield tell
