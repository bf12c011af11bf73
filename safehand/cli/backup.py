"""`safehand admin backup` and `safehand admin restore`.

Exits 0 for yes, 1 for a backup that is not what was put there, 2 for what cannot be used. The verdict is one line on
standard output; progress goes to standard error; with `--json` the last line of output is one JSON value.
"""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from safehand.app.telling import in_one_line, tell
from safehand.kernel.catalogue import DEFAULT_LANGUAGE, load_catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

    from safehand.app.backup.place import Place
    from safehand.ledger.note import VerifierKey
    from safehand.ledger.signing import SigningKey

NO = 1
LATEST = "latest"

DataOption = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="The data folder of the installation.")]
FolderOption = Annotated[
    Path | None, typer.Option("--to", metavar="DIR", help="The backup folder. [default: SAFEHAND_BACKUP_FOLDER]")
]
RecipientOption = Annotated[
    str | None,
    typer.Option("--recipient", metavar="age1...", help="Whom to seal to. [default: SAFEHAND_BACKUP_RECIPIENTS]"),
]
IdentityOption = Annotated[Path, typer.Option("--identity", metavar="FILE", help="The secret key that opens it.")]
JsonOption = Annotated[bool, typer.Option("--json", help="End the output with one JSON value.")]


def register(admin: typer.Typer) -> None:
    """Add `backup` and `restore` to `safehand admin`."""
    group = typer.Typer()
    group.callback(invoke_without_command=True)(backup)
    group.command("prepare")(prepare)
    group.command("keys")(keys)
    group.command("verify")(verify)
    group.command("prune")(prune)
    admin.add_typer(group, name="backup")
    admin.command("restore")(restore)


def backup(
    context: typer.Context,
    data: DataOption = None,
    to: FolderOption = None,
    recipient: RecipientOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a base backup of the running installation, sealed, and bring its log and evidence up to date there.

    Prints `ok ID`. What happens after it is archived all the time, if the installation was started with
    SAFEHAND_BACKUP_FOLDER and SAFEHAND_BACKUP_RECIPIENTS.
    """
    if context.invoked_subcommand is not None:
        return
    from safehand.app.backup.sealing import parse_recipients
    from safehand.app.backup.taking import Taker
    from safehand.kernel.clock import SystemClock

    here = _installation(data)
    recipients = parse_recipients(_told(recipient, here.said, "backup_recipients"))
    place = _place(to, here.said)
    taker = Taker(here.folder, place, recipients, here.key, here.log_name, SystemClock(), here.journal)
    made = asyncio.run(taker.take(_bar))
    typer.echo(f"ok {made.id}")
    if as_json:
        sizes = {part.name: part.bytes for part in made.parts.values()}
        said = {"ok": True, "id": made.id, "log_size": made.log_size, "log_root": made.log_root, "bytes": sizes}
        typer.echo(json.dumps(said))


def prepare(
    to: Annotated[Path, typer.Argument(metavar="DIR", help="The backup folder: on another disk or machine.")],
    identity: Annotated[
        Path, typer.Option("--identity", metavar="FILE", help="The secret key that opens backups; made if not there.")
    ],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a folder ready for this installation's backups, and the key that opens them.

    Prints the recipient, the public half. The identity file must leave this machine: who has it reads every backup, and
    who loses it reads none.
    """
    from safehand.app.account import roles_account
    from safehand.app.backup.place import Place
    from safehand.app.backup.sealing import new_identity, read_identities

    here = _installation(data, new=True)
    recipient = read_identities(identity)[0].to_public() if identity.exists() else new_identity(identity)
    place = Place(to.resolve())
    place.prepare(here.key.verifier)
    if (account := roles_account(os.environ)) is not None:
        place.hand_over(account)
    typer.echo(str(recipient))
    if as_json:
        said = {"recipient": str(recipient), "folder": str(to.resolve()), "vkey": str(here.key.verifier)}
        typer.echo(json.dumps(said))


def keys(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The bundle to write: not beside the backups.")],
    data: DataOption = None,
    recipient: RecipientOption = None,
    as_json: JsonOption = False,
) -> None:
    """Seal the installation's keys into one file. A restore needs it; keep it where the backups are not.

    Make it anew whenever a key is added: who holds a backup, this file and the identity holds everything.
    """
    from safehand.app.backup.errors import NotSet
    from safehand.app.backup.keys import seal_keys
    from safehand.app.backup.sealing import parse_recipients

    here = _installation(data)
    folder = here.said.get("backup_folder")
    if folder and file.resolve().is_relative_to(Path(folder).resolve()):
        raise NotSet(variable="a place for the keys outside the backup folder")
    count = seal_keys(here.folder, file, parse_recipients(_told(recipient, here.said, "backup_recipients")))
    typer.echo(f"ok {count} keys")
    if as_json:
        typer.echo(json.dumps({"ok": True, "keys": count, "vkey": str(here.key.verifier)}))


def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The backup folder.")],
    identity: Annotated[
        Path | None, typer.Option("--identity", metavar="FILE", help="Open everything as well, with this secret key.")
    ] = None,
    vkey: Annotated[
        Path | None, typer.Option("--vkey", metavar="FILE", help="Who must have signed it, from a source you trust.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a backup where it lies. Prints `ok UNTIL`, the latest moment that it restores to, or `bad NAME: reason`."""
    from safehand.app.backup.checking import check
    from safehand.app.backup.errors import Doubted, WrongBackupKey
    from safehand.app.backup.place import Place
    from safehand.app.backup.sealing import read_identities

    place = Place(folder.resolve())
    identities = read_identities(identity) if identity else []
    trusted = _vkey(vkey) if vkey else place.vkey()
    if vkey is None:
        typer.echo(
            "warning: the folder itself says who signed it: give the key you noted when you prepared it with --vkey",
            err=True,
        )
    try:
        found = check(place, trusted, identities, _bar)
    except (Doubted, WrongBackupKey) as error:
        typer.echo(f"bad {in_one_line(load_catalogue(DEFAULT_LANGUAGE), error)}")
        if as_json:
            typer.echo(json.dumps({"ok": False, "code": error.code, **error.params}))
        raise typer.Exit(NO) from None
    typer.echo(f"ok {_moment(found.until_ms)}")
    if not found.opened:
        typer.echo("nothing was opened: give the secret key with --identity to try that too", err=True)
    if as_json:
        said = asdict(found) | {"ok": True, "newest": found.newest.id, "until": _moment(found.until_ms)}
        typer.echo(json.dumps(said | {"authenticated": vkey is not None}))


def prune(
    data: DataOption = None,
    to: FolderOption = None,
    days: Annotated[
        int, typer.Option(min=1, max=36_500, help="Bases older than this go, but for the newest two.")
    ] = 14,
    as_json: JsonOption = False,
) -> None:
    """Let old bases go, and the WAL and evidence that only they needed."""
    from safehand.app.backup.pruning import prune as pruned
    from safehand.kernel.clock import SystemClock

    here = _installation(data)
    done = pruned(_place(to, here.said), here.key.verifier, SystemClock().now_ms(), days, here.folder)
    typer.echo(f"ok {done.bases} bases gone, {done.kept} kept")
    if as_json:
        typer.echo(json.dumps({"ok": True} | asdict(done)))


def restore(  # noqa: PLR0917 - options, given by name
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The backup folder.")],
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="The data folder to make: new, or empty.")],
    bundle: Annotated[Path, typer.Option("--keys", metavar="FILE", help="The sealed keys of the installation.")],
    identity: IdentityOption,
    at: Annotated[str, typer.Option(metavar="TIME|latest", help="Such as 2026-11-27T21:55:00Z.")] = LATEST,
    wal: Annotated[
        Path | None, typer.Option("--wal", metavar="DIR", help="The pg_wal of the broken cluster, if it can be read.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a new data folder from a backup, as it was at a moment. The old installation must not run any more.

    Prints `ok UNTIL SIZE ROOT`: up to when, and how far the public log goes. Nothing is left where it fails. The
    journal of erasures is laid into the folder that SAFEHAND_ERASURES names, unless a longer one is there already.
    """
    from safehand.app.backup.erasures import JOURNAL
    from safehand.app.backup.errors import Doubted
    from safehand.app.backup.place import Place
    from safehand.app.backup.restoring import Restorer
    from safehand.app.backup.sealing import read_identities
    from safehand.app.backup.settling import Settling
    from safehand.app.data_folder import DataFolder

    until_ms = None if at == LATEST else _parsed(at)
    target = DataFolder(data.resolve())
    settling = Settling(target)
    journal = Path(os.environ["SAFEHAND_ERASURES"], JOURNAL.name) if os.environ.get("SAFEHAND_ERASURES") else None
    restorer = Restorer(target, Place(folder.resolve()), bundle, read_identities(identity), until_ms, wal, journal)
    try:
        base = restorer.run(_bar, settling.settle)
    except Doubted as error:
        typer.echo(f"bad {in_one_line(load_catalogue(DEFAULT_LANGUAGE), error)}")
        if as_json:
            typer.echo(json.dumps({"ok": False, "code": error.code, **error.params}))
        raise typer.Exit(NO) from None
    log, until = settling.agreement, _moment(until_ms or restorer.archived_ms or base.ended_ms)
    typer.echo(f"ok {until} {log.published} {log.root}")
    words = load_catalogue(DEFAULT_LANGUAGE)
    tell(words.say("backup.restored", folder=str(target.path), log_name=base.log_name))
    if log.lost:
        tell(words.say("backup.behind", lost=log.lost, published=log.published, recorded=log.recorded))
    elif until_ms is not None and until_ms < restorer.archived_ms:
        tell(words.say("backup.unsure", published=log.published))
    if as_json:
        said = {"ok": True, "until": until, "base": base.id, "lost": log.lost}
        typer.echo(json.dumps(said | asdict(log)))


@dataclass(frozen=True, slots=True)
class _Here:
    """An installation as these commands need it: its folder, what `up` noted of it, and who signs for its backups."""

    folder: Any
    said: dict[str, str]
    log_name: str
    key: "SigningKey"
    journal: Path
    """Of erasures."""


def _installation(data: Path | None, *, new: bool = False) -> _Here:
    from safehand.app.backup.erasures import JOURNAL
    from safehand.app.backup.keys import backup_key, signer_of
    from safehand.app.data_folder import DataFolder
    from safehand.app.settings import DATABASE_NOT_ASKED, VARIABLES, read_settings
    from safehand.cli.running import DATA_DEFAULT, NOTED, running_file

    folder = DataFolder((data or Path(os.environ.get("SAFEHAND_DATA") or DATA_DEFAULT)).resolve())
    file = running_file(folder)
    said = json.loads(file.read_text()) if file.exists() else {}
    asked = {field: os.environ.get(VARIABLES[field]) or said.get(field) for field in NOTED}
    settings = read_settings({}, data=folder.path, database_url=DATABASE_NOT_ASKED, **asked)
    known = {field: value for field, value in asked.items() if value}
    if new:
        folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.keys_folder.mkdir(mode=0o700, exist_ok=True)
        key = backup_key(settings.keys_folder, settings.log_name)
    else:
        key = signer_of(settings.keys_folder)
    return _Here(folder, known, settings.log_name, key, settings.erasures_folder / JOURNAL.name)


def _told(flag: str | None, said: dict[str, str], field: str) -> str:
    """What a flag says, else what the environment or the running installation does.

    Errors
        NotSet
    """
    from safehand.app.backup.errors import NotSet
    from safehand.app.settings import VARIABLES

    value = flag or said.get(field)
    if not value:
        raise NotSet(variable=VARIABLES[field])
    return value


def _place(flag: Path | None, said: dict[str, str]) -> "Place":
    from safehand.app.backup.place import Place

    return Place(Path(_told(str(flag) if flag else None, said, "backup_folder")).resolve())


def _vkey(path: Path) -> "VerifierKey":
    from safehand.app.backup.errors import BadBackupKey
    from safehand.ledger.note import VKEY_BYTES_MAX, BadKey, VerifierKey

    try:
        with path.open("rb") as file:
            return VerifierKey.parse(file.read(VKEY_BYTES_MAX).decode().removesuffix("\n"))
    except (OSError, BadKey, UnicodeDecodeError) as error:
        raise BadBackupKey(what=str(path), why=str(error)) from None


def _parsed(text: str) -> int:
    """A moment with its zone, in Unix milliseconds.

    Errors
        BadTime
    """
    from safehand.app.backup.errors import BadTime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadTime(given=text[:80]) from None
    if moment.tzinfo is None:
        raise BadTime(given=text)
    return int(moment.timestamp() * 1000)


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def _bar(words: str) -> "Iterator[Callable[[int], None]]":
    """Bytes that are through, on standard error, where somebody is looking."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(words, total=None)
        yield lambda count: bar.update(task, advance=count)
