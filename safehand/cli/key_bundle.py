"""What every change of keys ends with: the sealed bundle of keys is older than they are."""

import typer


def tell_that_it_is_old() -> None:
    """Say so, on standard error."""
    typer.echo(
        "Where there are backups, the bundle of keys lacks this one: make it anew, safehand admin backup keys FILE,"
        " and keep it where the backups are not.",
        err=True,
    )
