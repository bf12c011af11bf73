"""What a command says when it refuses: why, and what to do, in words; with --json also as the one JSON value."""

import json

import typer

from safehand.kernel.catalogue import Catalogue
from safehand.kernel.errors import SafehandError

UNUSABLE = 2
PARTS = ("title", "detail", "remedy")


def refusal(refused: SafehandError, words: Catalogue, as_json: bool, code: int = UNUSABLE) -> typer.Exit:
    """Say it, the words on standard error; the exit to raise, which says that the input cannot be used, or no."""
    said = {part: words.say(f"{refused.code}.{part}", **refused.params) for part in PARTS}
    typer.echo(f"{said['title']}: {said['detail']}\n{said['remedy']}", err=True)
    if as_json:
        typer.echo(json.dumps({"error": {"code": refused.code, **said, "params": refused.params}}))
    return typer.Exit(code)
