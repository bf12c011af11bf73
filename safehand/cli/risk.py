"""`safehand risk`: how well the model foretells a record of incidents, what a loss costs, and records taken in.

Exit 0: the model holds against plain counts and a kernel density, or the record says too little to tell; a record is
taken in. 1: it does not; rows of it cannot be read. 2: unusable input. Progress goes to standard error; with `--json`
the last line of output is one JSON value.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from safehand.cli.refusal import PARTS, refusal
from safehand.kernel.catalogue import DEFAULT_LANGUAGE, load_catalogue
from safehand.kernel.errors import SafehandError

if TYPE_CHECKING:  # numbers and cells take their time to load: no other command should wait for them
    from safehand.app.installation import Installation
    from safehand.risk.backtest import Outcome

HOLDS, FAILS = 0, 1
REDRAW_S = 0.1

File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV or CSV in gzip: type, ts, lat, lon; UTF-8.")]
Horizon = Annotated[str, typer.Option(metavar="DAYS", help="How far ahead, such as 28d.")]
Types = Annotated[list[str] | None, typer.Option(help="Only these types; with commas between, or given again.")]
Prior = Annotated[Path | None, typer.Option(metavar="FILE", help="A public record, in the same form.")]
AsJson = Annotated[bool, typer.Option("--json", help="End the output with one JSON value.")]


type Opening = Callable[[Path | None], AbstractAsyncContextManager["Installation"]]
"""Opens the installation in a data folder (None: the one that the settings name)."""


def register(app: typer.Typer, opening: Opening) -> None:
    """Add the `risk` commands to the command line. How an installation is opened is the application's business."""
    risk = typer.Typer(no_args_is_help=True, help="The risk of places: how good the model is, what a loss costs.")
    risk.command("backtest")(backtest)
    risk.command("loss")(loss)

    @risk.command("import")
    def import_record(
        file: File,
        *,
        types: Types = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Report, and write nothing.")] = False,
        data: Annotated[Path | None, typer.Option(help="The data folder of the installation.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """Take a public record of incidents in: of each its cell and its time. Twice is the same as once.

        One broken row, and nothing is taken: the report names row, column, what is there and what was expected. Cells
        are assessed anew at night. Exit 0: it is here; 1: rows are broken; 2: the file cannot be used.
        """
        try:
            said = asyncio.run(_import(opening, data, file, _named(types), dry_run))
        except SafehandError as refused:
            raise refusal(refused, load_catalogue(DEFAULT_LANGUAGE), as_json) from None
        _report(said)
        if as_json:
            typer.echo(json.dumps(said))
        raise typer.Exit(FAILS if said["faults"] else HOLDS)

    app.add_typer(risk, name="risk")


def backtest(
    file: File,
    *,
    cell: Annotated[int, typer.Option(help="The resolution of the H3 cells, 5 (coarse) to 11 (fine).")] = 9,
    horizon: Horizon = "28d",
    types: Types = None,
    prior: Prior = None,
    as_json: AsJson = False,
) -> None:
    """Foretell the last third of a record, horizon by horizon, from what was known before each.

    The study area is every cell whose resolution-8 parent had any incident before, own or public. PAI is the share of
    incidents in the best 1 or 2 % of cells over those cells' share of the area, PEI the same as a part of what
    hindsight would have had, bits the log2 of an incident's likelihood over the uniform density on the study area.
    """
    from safehand.risk.backtest import Question
    from safehand.risk.backtest import backtest as ask
    from safehand.risk.records import read_record

    try:
        question = Question(cell, _days(horizon))
        question.check()
        wanted = _named(types)
        with _progress("rows read") as told:
            record = read_record(file, wanted, lambda done: told(done, None))
            public = read_record(prior, (), lambda done: told(done, None)) if prior is not None else None
        with _progress("horizons foretold") as told:
            outcome = ask(record, question, public, told)
    except SafehandError as refused:
        raise refusal(refused, load_catalogue(DEFAULT_LANGUAGE), as_json) from None
    for one in (record, public):
        if one is not None and one.placeless:
            typer.echo(f"passed over {one.placeless} rows that name no place", err=True)
    _tell(outcome, question.resolution, question.horizon_days)
    if as_json:
        typer.echo(json.dumps(_said(outcome)))
    raise typer.Exit(FAILS if outcome.holds is False else HOLDS)


async def _import(
    opening: Opening, data: Path | None, file: Path, types: list[str], dry_run: bool
) -> dict[str, object]:
    from safehand.risk.commands import RiskDesk, Taken
    from safehand.risk.records import Faults, read_record

    async with opening(data) as here:
        faults = Faults()
        with _progress("rows read") as told:
            record = read_record(
                file, types, lambda done: told(done, None), until_ms=here.clock.now_ms(), faults=faults
            )
        desk, taken = RiskDesk(here.store, here.clock), Taken(0, 0, fresh=False)
        if not faults.count and not dry_run:
            taken = await desk.take_public(record)
    words = load_catalogue(DEFAULT_LANGUAGE)
    return {
        "file": str(file),
        "dry_run": dry_run,
        "incidents": len(record),
        "counted": taken.counted,
        "old": taken.old,
        "placeless": record.placeless,
        "fresh": taken.fresh,
        "faults": faults.count,
        "rows": [
            {
                "row": one.line,
                "column": one.column,
                "code": one.error.code,
                **{part: words.say(f"{one.error.code}.{part}", **one.error.params) for part in PARTS[1:]},
            }
            for one in faults.kept
        ],
    }


def _report(said: dict[str, object]) -> None:
    rows = said["rows"]
    for row in rows if isinstance(rows, list) else ():
        typer.echo(f"{row['detail']} {row['remedy']}")
    if isinstance(said["faults"], int) and isinstance(rows, list) and said["faults"] > len(rows):
        typer.echo(f"... and {said['faults'] - len(rows)} more rows")
    if said["faults"] or said["dry_run"]:
        verdict = "nothing was taken"
    elif not said["counted"]:
        verdict = "none of it counts any more, nothing was taken"
    else:
        verdict = "taken; cells are assessed anew at night" if said["fresh"] else "this very record was here already"
    typer.echo(
        f"{said['incidents']} incidents, {said['old']} of them too old to count, {said['placeless']} without a place,"
        f" {said['faults']} broken rows; {verdict}"
    )


def _named(types: list[str] | None) -> list[str]:
    return [name.strip() for given in types or () for name in given.split(",") if name.strip()]


def loss(
    *,
    value_cents: Annotated[int, typer.Option(help="What the parcel is worth.")],
    area_rate_ppm: Annotated[int, typer.Option(help="Lost of a million parcels left unattended in its cell.")],
    unattended_min: Annotated[int, typer.Option(help="How long it would lie at the door.")] = 240,
    hours_aboard: Annotated[int, typer.Option(help="How long it is in the vehicle before its stop.")] = 4,
    assumptions: Annotated[Path | None, typer.Option(metavar="FILE", help="JSON with other assumptions.")] = None,
    as_json: AsJson = False,
) -> None:
    """What a parcel's loss is expected to cost by mode of delivery, and what that rests on."""
    from safehand.risk.loss import Assumptions, Parcel, expected_losses, read_assumptions

    try:
        assumed = read_assumptions(assumptions) if assumptions is not None else Assumptions()
        parcel = Parcel(
            value_cents=value_cents,
            area_rate_ppm=area_rate_ppm,
            unattended_min=unattended_min,
            hours_aboard=hours_aboard,
        )
        losses = expected_losses(parcel, assumed)
    except SafehandError as refused:
        raise refusal(refused, load_catalogue(DEFAULT_LANGUAGE), as_json) from None
    typer.echo(f"{'mode':16}{'aboard, ppm':>14}{'handover, ppm':>16}{'expected loss, cents':>24}")
    for one in losses:
        typer.echo(f"{one.mode:16}{one.aboard_ppm:14}{one.handover_ppm:16}{one.expected_millicents / 1000:24.3f}")
    typer.echo("assumed: " + ", ".join(f"{name} {value}" for name, value in asdict(assumed).items()))
    if as_json:
        typer.echo(json.dumps({"losses": [asdict(one) for one in losses], "assumed": asdict(assumed)}))


def _days(horizon: str) -> int:
    from safehand.risk.errors import OptionInvalid

    number = horizon.strip().removesuffix("d")
    if not (number.isascii() and number.isdecimal() and len(number) <= 4):
        raise OptionInvalid("--horizon", horizon, "days, such as 28d")
    return int(number)


def _tell(outcome: "Outcome", resolution: int, days: int) -> None:
    typer.echo(
        f"cells of resolution {resolution}, {days} days ahead:"
        f" {outcome.foretold} incidents in {outcome.origins} horizons, {outcome.cells} cells in the last"
    )
    typer.echo(f"{'':8}{'PAI 1 %':>10}{'PAI 2 %':>10}{'PEI 2 %':>10}{'bits':>10}")
    for name, score in (("model", outcome.model), ("counts", outcome.counts), ("kde", outcome.kde)):
        ratios = f"{score.pai_1:10.2f}{score.pai_2:10.2f}{score.pei_2:10.3f}{score.bits_per_event:10.3f}"
        typer.echo(f"{name:8}{ratios}")
    if outcome.holds is None:
        typer.echo("too few incidents were foretold to say yes or no", err=True)
    else:
        typer.echo(
            f"the model {'holds' if outcome.holds else 'does not hold'} against counts and kernel density", err=True
        )


def _said(outcome: "Outcome") -> dict[str, object]:
    return {**asdict(outcome.model), "counts": asdict(outcome.counts), "kde": asdict(outcome.kde)}


@contextmanager
def _progress(words: str) -> Iterator[Callable[[int, int | None], None]]:
    """A count on standard error, where somebody is looking."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description} {task.completed}"), BarColumn())
    with Progress(
        *columns, console=console, transient=True, auto_refresh=False, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(words, total=None)
        drawn_s = 0.0

        def report(done: int, total: int | None) -> None:
            nonlocal drawn_s
            if (now_s := time.monotonic()) - drawn_s >= REDRAW_S:
                bar.update(task, completed=done, total=total, refresh=True)
                drawn_s = now_s

        yield report
