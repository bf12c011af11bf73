"""Runs the laws for a long time (`make laws SEED=n ROUNDS=k`): round after round, each from the next seed.

A round that fails ends it; its seed and the command that repeats it are the last thing said.
"""

import argparse
import secrets
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEED_MAX = 2**31
PYTEST = (
    *(sys.executable, "-m", "pytest", "-q", "-x", "-n", "2", "--dist", "load"),
    *("-m", "not faults", "--timeout", "1800", "-p", "tools.chance"),
)


def main(arguments: list[str]) -> int:
    """0 when every round held, 1 when a law fell, 2 when pytest could not run them."""
    parser = argparse.ArgumentParser(prog="make laws", description=__doc__)
    parser.add_argument("--seed", default="", help="the first round's seed; by chance if empty")
    parser.add_argument("--rounds", type=int, default=20)
    asked = parser.parse_args(arguments)
    first = int(asked.seed) if asked.seed else secrets.randbelow(SEED_MAX)
    for seed in range(first, first + asked.rounds):
        print(f"laws: round {seed - first + 1} of {asked.rounds}, seed {seed}", file=sys.stderr, flush=True)
        code = subprocess.run([*PYTEST, f"--hypothesis-seed={seed}"], cwd=ROOT, check=False).returncode
        if code:
            print(f"laws: seed {seed} fails; again: make laws SEED={seed} ROUNDS=1", file=sys.stderr)
            return 1 if code == 1 else 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
