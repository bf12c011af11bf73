"""Compiles requirements/*.in, and web/package.json, to lock files with hashes and without any address (`make locks`).

Needs the network.
"""

import json
import subprocess
import sys
from pathlib import Path

from tools.check import NODE, WEB

ROOT = Path(__file__).resolve().parent.parent
COMPILE = ("pip", "compile", "--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet",
           "--python-version", "3.12")  # fmt: skip
# In this order: dev is held to runtime's versions. Of the map package only one file is used, so nothing it depends on.
LOCKS: tuple[tuple[str, tuple[str, ...]], ...] = (("runtime", ()), ("dev", ()), ("map", ("--no-deps",)))


def main(upgrades: list[str]) -> int:
    """Compile all; arguments such as `--upgrade-package NAME` or `--upgrade` go through to uv."""
    uv = Path(sys.executable).with_name("uv")
    for name, options in LOCKS:
        print(f"locks: requirements/{name}.txt", file=sys.stderr)
        files = (f"requirements/{name}.in", "--output-file", f"requirements/{name}.txt")
        done = subprocess.run([uv, *COMPILE, *options, *upgrades, *files], cwd=ROOT, stdout=sys.stderr, check=False)
        if done.returncode:
            return done.returncode
    return lock_web()


def lock_web() -> int:
    """Lock what web/package.json asks for. Where npm would thank its authors is an address too: it is left out."""
    print("locks: web/package-lock.json", file=sys.stderr)
    npm = NODE.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command: list[str | Path] = [NODE, npm, "install", "--package-lock-only", "--loglevel=error"]
    if code := subprocess.run(command, cwd=WEB, stdout=sys.stderr, check=False).returncode:
        return code
    lock = json.loads((WEB / "package-lock.json").read_text("utf-8"))
    for package in lock["packages"].values():
        package.pop("funding", None)
    (WEB / "package-lock.json").write_text(json.dumps(lock, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
