"""`safehand`: the commands, joined."""

import sys
from typing import TYPE_CHECKING

from safehand import __version__
from safehand.cli import receipt
from safehand.kernel.errors import SafehandError

if TYPE_CHECKING:
    import typer

UNUSABLE = 2


def build() -> "typer.Typer":
    """The whole command line."""
    import typer

    from safehand.cli import (
        admin,
        audit,
        dawn,
        demo,
        importing,
        labels,
        ledger,
        map,
        plan,
        privacy,
        risk,
        rotation,
        running,
    )

    app = typer.Typer(
        name="safehand",
        help="The last mile of a parcel carrier: every parcel in known hands, provably.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )

    @app.callback(invoke_without_command=True)
    def about(version: bool = typer.Option(False, "--version", help="Print the version and exit.")) -> None:
        """The last mile of a parcel carrier: every parcel in known hands, provably."""
        if version:
            typer.echo(__version__)
            raise typer.Exit

    running.register(app)
    demo.register(app)
    dawn.register(app)
    office = admin.register(app, running.opened_installation, running.opened_log)
    privacy.register(office, running.whole_installation)
    rotation.register(office, running.whole_installation)
    importing.register(app, running.opened_cutover)
    audit.register(app, running.opened_audit)
    ledger.register(app)
    labels.register(app)
    map.register(app)
    plan.register(app)
    risk.register(app, running.whole_installation)
    return app


def main() -> None:
    """Run the command; what a person can mend is told in words, not as a stack of frames.

    A receipt is checked without the rest: the libraries of a command line take longer than the checking.
    """
    if receipt.takes(sys.argv[1:]):
        sys.exit(receipt.run(sys.argv[4:]))
    from safehand.app.logs import write_logs

    write_logs()
    try:
        build()()
    except SafehandError as error:
        from safehand.app.telling import explained, tell
        from safehand.kernel.catalogue import DEFAULT_LANGUAGE, load_catalogue

        tell(explained(load_catalogue(DEFAULT_LANGUAGE), error))
        sys.exit(UNUSABLE)


if __name__ == "__main__":
    main()
