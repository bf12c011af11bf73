"""`safehand admin rotate-keys`: new keys take over from old ones; each says what it means for others."""

import typer

from safehand.cli import log_rotation, vault_rotation


def register(admin: typer.Typer, opening: vault_rotation.Opening) -> None:
    """Add `rotate-keys` to the `admin` commands."""
    rotate_keys = typer.Typer(help="Change a key; each says what it means for others.", no_args_is_help=True)
    admin.add_typer(rotate_keys, name="rotate-keys")
    log_rotation.register(rotate_keys)
    vault_rotation.register(rotate_keys, opening)
