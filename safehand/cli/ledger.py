"""`safehand ledger`: verify a published log, copy it, and check a receipt. None of it needs a running Safehand.

Exits 0 for yes, 1 for no, 2 for input that cannot be used. The verdict is one line on standard output; warnings and
progress go to standard error; with `--json` the last line of output is one JSON value.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from safehand.cli.receipt import (
    NO,
    UNAUTHENTICATED,
    UNUSABLE,
    YES,
    check,
    read_file,
    receipt_json,
    root_text,
    say_unusable,
    trusted_in,
)
from safehand.cli.witness import witness
from safehand.ledger.export import export_log
from safehand.ledger.note import NOTE_BYTES_MAX, VKEY_BYTES_MAX
from safehand.ledger.places import log_folder
from safehand.ledger.proof import PROOF_BYTES_MAX
from safehand.ledger.refusals import Refused, Unusable
from safehand.ledger.source import FolderSource, Source, SourceUnusable
from safehand.ledger.succession import KEYS_BYTES_MAX
from safehand.ledger.verification import NamedReceipt, Verdict, verify_log, verify_predecessor
from safehand.ledger.verification import Progress as Report
from safehand.ledger.web_source import UrlSource

if TYPE_CHECKING:
    from safehand.ledger.timestamps import Stamped  # it brings X.509 along: only for those who ask

REDRAW_S = 0.1

VkeyOption = Annotated[
    Path | None,
    typer.Option("--vkey", metavar="FILE", help="The log's key, from a source that you trust; /log/keys may follow."),
]
PolicyOption = Annotated[
    Path | None,
    typer.Option("--policy", metavar="FILE", help="The logs and witnesses that you rely on (C2SP tlog-policy)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="End the output with one JSON value.")]


def register(app: typer.Typer) -> None:
    """Add the `ledger` commands to the command line."""
    ledger = typer.Typer(no_args_is_help=True, help="Verify the public log, copy it, witness it, check receipts.")
    ledger.command("verify")(verify)
    ledger.command("export")(export)
    ledger.command("witness")(witness)
    receipts = typer.Typer(no_args_is_help=True, help="Receipts: one fact each, proven offline.")
    receipts.command("verify")(check_receipt)
    ledger.add_typer(receipts, name="receipt")
    app.add_typer(ledger, name="ledger")


def verify(  # noqa: PLR0917 - options, given by name
    log: Annotated[str, typer.Argument(metavar="DIR|URL", help="An exported log, or where one is served.")],
    more_receipts: Annotated[list[Path] | None, typer.Argument(metavar="[RECEIPT]...", help="As --receipt.")] = None,
    vkey: VkeyOption = None,
    receipts: Annotated[
        list[Path] | None,
        typer.Option("--receipt", metavar="FILE", help="A receipt that the log must continue; may be repeated."),
    ] = None,
    predecessor: Annotated[
        str | None, typer.Option("--predecessor", metavar="DIR|URL", help="Your copy of the log before this one.")
    ] = None,
    tsa: Annotated[
        Path | None, typer.Option("--tsa", metavar="FILE", help="Whose timestamps you believe: certificates in PEM.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read every entry and every tile of a log, and hold them against its signed checkpoint and your receipts.

    Prints `ok SIZE ROOT` (exit 0), or `bad entry N: reason`, `bad tile PATH: reason`, `bad checkpoint: reason`,
    `bad receipt FILE: reason` (exit 1). Exit 2: there is nothing there that could be checked. A log that was declared
    after another names it on a second line; with a copy of that one, both are held against each other.
    """
    try:
        trusted = trusted_in(vkey)
        held = [
            NamedReceipt(str(path), read_file(path, PROOF_BYTES_MAX))
            for path in [*(receipts or ()), *(more_receipts or ())]
        ]
        with _source(log) as source, _progress("entries verified", _size_of(source)) as report:
            verdict = verify_log(source, trusted, held, report)
            if predecessor is not None and verdict.ok:
                verdict = _with_predecessor(verdict, source, predecessor, report)
            verdict, stamped = _stamped(verdict, source, tsa)
    except (Unusable, SourceUnusable) as error:
        _unusable(error, as_json)
    if not verdict.authenticated:
        typer.echo(UNAUTHENTICATED, err=True)
    typer.echo(verdict.line)
    if verdict.ok and (before := verdict.predecessor) is not None:
        typer.echo(
            f"after {before.size} {root_text(before.root)} {before.key.name}, its first {before.same} repeated here"
        )
    if stamped is not None:
        typer.echo(f"timestamp {stamped.at:%Y-%m-%dT%H:%M:%SZ} {stamped.signed.size} {stamped.by}")
    if as_json:
        typer.echo(json.dumps(_verdict_json(verdict) | _stamp_json(stamped)))
    raise typer.Exit(YES if verdict.ok else NO)


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New, empty, or an earlier export of the same log.")],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="DIR", help="An installation's data folder. [default: as `up`, or SAFEHAND_DATA]"
        ),
    ] = None,
    url: Annotated[str | None, typer.Option("--url", help="Where a log is served, such as https://HOST/log.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Copy a log as static files, complete for its newest checkpoint. It may grow meanwhile.

    Into an earlier export of the same log only what has grown is added; exit 1 if the log does not continue it.
    """
    try:
        with _source(_where(data, url)) as source, _progress("entries copied", _size_of(source)) as report:
            done = export_log(source, folder, report)
    except Refused as refused:
        typer.echo(str(refused))
        if as_json:
            typer.echo(json.dumps({"ok": False, "subject": refused.subject, "reason": refused.reason}))
        raise typer.Exit(NO) from None
    except (Unusable, SourceUnusable) as error:
        _unusable(error, as_json)
    root = root_text(done.signed.root)
    typer.echo(f"ok {done.signed.size} {root}")
    if as_json:
        typer.echo(json.dumps({"ok": True, "size": done.signed.size, "root": root, "files": done.files}))


def check_receipt(
    receipt: Annotated[Path, typer.Argument(metavar="FILE", help="A .tlog-proof file.")],
    vkey: VkeyOption = None,
    policy: PolicyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a receipt with nothing but itself, and say what it proves. No network is used.

    Prints `ok SIZE ROOT`, then the entry's number and the fact (exit 0), or `bad receipt FILE: reason` (exit 1). With a
    policy, its logs are the trusted ones, and too few cosignatures are a no.
    """
    raise typer.Exit(check(receipt, vkey, policy, as_json=as_json))


def _with_predecessor(verdict: Verdict, source: Source, place: str, report: Report) -> Verdict:
    """The same verdict, unless the copy of the log before contradicts it."""
    with _source(place) as old:
        checked = verify_predecessor(source, verdict, old, report)
    return verdict if checked.ok else replace(verdict, refused=checked.refused)


def _stamped(verdict: Verdict, source: Source, tsa: Path | None) -> "tuple[Verdict, Stamped | None]":
    """When somebody else's clock saw this log, as far as whose clock that is was said."""
    if tsa is None or not verdict.ok or verdict.keys is None:
        return verdict, None
    from safehand.ledger.timestamps import BadTimestamp, check_history, parse_certificates, read_stamped

    try:
        trusted = parse_certificates(read_file(tsa, VKEY_BYTES_MAX + KEYS_BYTES_MAX))
    except BadTimestamp as error:
        raise Unusable(f"{tsa}: {error}") from None
    try:
        stamped = read_stamped(source, verdict.keys, trusted)
        if stamped is None:
            raise BadTimestamp("there is none")
        check_history(source, stamped, verdict.size, verdict.root)
    except BadTimestamp as error:
        return replace(verdict, refused=Refused("timestamp", str(error))), None
    return verdict, stamped


def _stamp_json(stamped: "Stamped | None") -> dict[str, Any]:
    if stamped is None:
        return {}
    at_s = int(stamped.at.timestamp())
    return {"timestamp": {"at_s": at_s, "size": stamped.signed.size, "by": stamped.by}}


def _where(data: Path | None, url: str | None) -> str:
    if url is not None:
        if data is not None:
            raise Unusable("--data or --url, not both")
        return url
    from safehand.cli.running import DATA_DEFAULT  # brings the whole installation along: not for checking a receipt

    chosen = data or Path(os.environ.get("SAFEHAND_DATA") or DATA_DEFAULT)
    return str(log_folder(chosen, os.environ.get("SAFEHAND_LOG_NAME", "")))


@contextmanager
def _source(log: str) -> Iterator[Source]:
    if not log.startswith(("http://", "https://")):
        yield FolderSource(Path(log))
        return
    source = UrlSource.open(log)
    try:
        yield source
    finally:
        source.close()


def _size_of(source: Source) -> int:
    """What the checkpoint says of itself: only the length of a progress bar depends on it."""
    try:
        return int((source.read("checkpoint", NOTE_BYTES_MAX) or b"").split(b"\n")[1])
    except (ValueError, IndexError):
        return 0


@contextmanager
def _progress(words: str, total: int) -> Iterator[Report]:
    """A bar on standard error, where somebody is looking. It has no thread: a verification forks only without any."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, auto_refresh=False, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(words, total=total)
        drawn_s = 0.0

        def report(done: int) -> None:
            nonlocal drawn_s
            if (now_s := time.monotonic()) - drawn_s >= REDRAW_S:
                bar.update(task, completed=done, refresh=True)
                drawn_s = now_s

        yield report


def _unusable(error: Exception, as_json: bool) -> NoReturn:
    say_unusable(error, as_json=as_json)
    raise typer.Exit(UNUSABLE) from None


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    if verdict.refused is not None:
        said: dict[str, Any] = {"ok": False, "subject": verdict.refused.subject, "reason": verdict.refused.reason}
    else:
        said = {"ok": True, "origin": verdict.origin, "size": verdict.size, "root": root_text(verdict.root)}
        if (before := verdict.predecessor) is not None:
            end = {"origin": before.key.name, "size": before.size, "root": root_text(before.root), "same": before.same}
            said["predecessor"] = end
        said["receipts"] = [receipt_json(verified) for verified in verdict.receipts]
    return said | {"authenticated": verdict.authenticated}
