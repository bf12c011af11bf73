"""OSRM's programs, run one after the other with a limit on time and memory. They read a map that strangers wrote."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from safehand.roads.errors import RoadsProgramFailed, RoadsTooLarge

THREADS = 2
"""How many a program may use. Each of ours runs alone."""
SECONDS_MIN, SECONDS_PER_MB = 120, 10
"""A program's time: so much, and so much more a megabyte of map. Seen: 1 s a megabyte."""
BYTES_MIN, BYTES_PER_BYTE = 2 * 1024**3, 100
"""A program's address space, likewise. Seen: 53 MB of memory for a map of 1.3 MB."""
SAID_BYTES_MAX = 4 * 1024 * 1024
LAST_BYTES = 4_096
LAST_CHARACTERS_MAX = 300
LOOK_S = 0.02
LEASH = Path(__file__).with_name("leash.py")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may take."""

    seconds: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that ended badly: what it said last."""

    code: int
    said: str


def limits_for(map_bytes: int) -> Limits:
    """The limits for a map of that size."""
    return Limits(
        seconds=SECONDS_MIN + SECONDS_PER_MB * (map_bytes >> 20), memory_bytes=BYTES_MIN + BYTES_PER_BYTE * map_bytes
    )


def profile_file(profile: str) -> Path:
    """OSRM's own description of what a profile may use, and how fast.

    Errors
        RoadsProgramFailed  OSRM is not installed whole.
    """
    return _part(f"share/profiles/{profile}.lua")


def run(program: str, arguments: list[str | Path], limits: Limits) -> Failure | None:
    """Run one of OSRM's programs to its end; None if it went well.

    Errors
        RoadsProgramFailed  it is not there, or cannot be started.
        RoadsTooLarge       its time is up, or it says more than anybody reads.
    """
    path = _part(f"bin/{program}")
    # Nothing of our environment: LUA_PATH would be code.
    environment = {"LC_ALL": "C.UTF-8", "PATH": os.defpath}
    with tempfile.TemporaryFile() as said:
        try:
            running = subprocess.Popen(
                [*_leash(limits), path, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        except OSError as error:
            raise RoadsProgramFailed(program, error.strerror or str(error)) from None
        try:
            _wait(running, said, program, limits)
        finally:
            if running.poll() is None:
                running.kill()
                running.wait()
        return None if running.returncode == 0 else Failure(running.returncode, _last(said))


def _leash(limits: Limits) -> list[str | Path]:
    """What the program is started by, so that it ends with us (leash.py)."""
    return [sys.executable, "-I", "-S", LEASH, str(limits.memory_bytes), str(os.getpid())]


def _wait(running: "subprocess.Popen[bytes]", said: IO[bytes], program: str, limits: Limits) -> None:
    until = time.monotonic() + limits.seconds
    while True:
        try:
            running.wait(LOOK_S)
            return
        except subprocess.TimeoutExpired:
            if time.monotonic() > until:
                raise RoadsTooLarge(program, f"{limits.seconds} s") from None
            if os.fstat(said.fileno()).st_size > SAID_BYTES_MAX:
                raise RoadsTooLarge(program, f"{SAID_BYTES_MAX} bytes of words") from None


def _last(said: IO[bytes]) -> str:
    """The errors that it told, else its last words."""
    said.seek(max(0, said.seek(0, os.SEEK_END) - LAST_BYTES))
    lines = [line.strip() for line in said.read().decode("utf-8", "replace").splitlines() if line.strip()]
    told = [line.partition("[error]")[2].strip() for line in lines if "[error]" in line] or lines[-2:]
    return " ".join(told)[:LAST_CHARACTERS_MAX]


def _part(name: str) -> Path:
    spec = find_spec("osrm")
    homes = list(spec.submodule_search_locations or []) if spec else []
    for home in homes:
        if (found := Path(home) / name).is_file():
            return found
    raise RoadsProgramFailed(name, "osrm-bindings is not installed whole")
