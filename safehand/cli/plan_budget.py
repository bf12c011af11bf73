"""How long `safehand plan` looks for a better plan: the options that its commands share, checked."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # solvers take their time to load: no other command should wait for them
    from safehand.planning.solving import Budget

SECONDS_LEAST, SECONDS_MAX, ITERATIONS_MAX, SEED_MAX = 0.1, 86_400.0, 1_000_000_000, 2**31

Seconds = Annotated[float, typer.Option(help="CPU time to look for a better plan, over all processes.")]
Iterations = Annotated[int | None, typer.Option(help="Instead of time: the same seed then gives the same plan.")]
Seed = Annotated[int, typer.Option(help="Where chance begins.")]


def budget_of(seconds: float, iterations: int | None, seed: int) -> "Budget":
    """The budget that was asked for.

    Errors
        SolveOptionInvalid
    """
    from safehand.planning.solving import Budget

    within("--seconds", seconds, SECONDS_LEAST, SECONDS_MAX)
    within("--iterations", 1 if iterations is None else iterations, 1, ITERATIONS_MAX)
    within("--seed", seed, 0, SEED_MAX)
    return Budget(seconds=seconds) if iterations is None else Budget(iterations=iterations)


def within(option: str, given: float, least: float, most: float) -> None:
    """Refuse an option that is out of its range.

    Errors
        SolveOptionInvalid
    """
    from safehand.planning.errors import SolveOptionInvalid

    if not least <= given <= most:
        raise SolveOptionInvalid(option, str(given), f"{least:g} to {most:g}")
