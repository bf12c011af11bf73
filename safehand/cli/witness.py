"""`safehand ledger witness`: a witness that a merchant, an insurer or an auditor runs. It needs no running Safehand."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from safehand.ledger.note import VKEY_BYTES_MAX
from safehand.ledger.signing import load_or_create_key
from safehand.ledger.succession import KEYS_BYTES_MAX, Succession, parse_trusted
from safehand.ledger.witness.cosignature import Cosigner
from safehand.ledger.witness.witness import Witness, WitnessUnusable

KEY_FILE = "witness.key"
UNUSABLE = 2


def witness(  # noqa: PLR0917 - options, given by name
    state: Annotated[Path, typer.Option("--state", metavar="DIR", help="Its key, and what it has cosigned.")],
    name: Annotated[str, typer.Option(help="Its name in signature lines, such as witness.example/1: for ever.")],
    logs: Annotated[
        list[Path],
        typer.Option(
            "--log",
            metavar="FILE",
            help="A log's key, from a source that you trust; /log/keys may follow; repeatable.",
        ),
    ],
    host: Annotated[
        str, typer.Option(help="The address to listen at; for the world, put TLS before it.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8090,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value first: its key and address.")] = False,
) -> None:
    """Look at every checkpoint of a log, and cosign those that continue the last one (C2SP tlog-witness).

    Prints the verifier key that others need, then serves until Ctrl-C. Never copy the folder back from a backup: a
    witness that forgets what it cosigned can be shown a second history. Begin anew under a new name instead.
    """
    from safehand.ledger.witness.routes import witness_server

    try:
        keys = [_vkey(path) for path in logs]
        cosigner = Cosigner(load_or_create_key(state / KEY_FILE, name))
        with Witness.open(state, cosigner, keys, lambda: int(time.time())) as opened:
            url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
            said = {"vkey": str(cosigner.public), "url": url, "logs": sorted(opened.logs)}
            typer.echo(json.dumps(said) if as_json else f"{said['vkey']} {url}")
            witness_server(opened, host, port).run()
    except WitnessUnusable as error:
        typer.echo(f"unusable: {error}", err=True)
        raise typer.Exit(UNUSABLE) from None


def _vkey(path: Path) -> Succession:
    try:
        with path.open("rb") as file:
            return parse_trusted(file.read(VKEY_BYTES_MAX + KEYS_BYTES_MAX))
    except OSError as error:
        raise WitnessUnusable(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise WitnessUnusable(f"{path} is not a verifier key: {error}") from error
