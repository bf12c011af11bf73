"""An installation of its own for the day: `safehand up` as a child that cannot outlive us, on a fresh folder."""

import asyncio
import ctypes
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from safehand.demo.errors import InstallationFailed

READY_S = 180.0
"""A fresh database on a slow machine takes its time."""
ASK_AGAIN_S = 0.2
STOP_S = 30.0
COMMAND_S = 600.0
LAST_WORDS_CHARACTERS = 2_000
HOST: Final = "127.0.0.1"
SETTINGS_PREFIX: Final = "SAFEHAND_"

_COMMAND = (sys.executable, "-m", "safehand.cli.main")
_PR_SET_PDEATHSIG = 1  # prctl(2)


@dataclass(frozen=True, slots=True)
class Said:
    """What a command left: its exit status, and the JSON value on its last line of output."""

    status: int
    value: Any
    errors: str


@dataclass(frozen=True, slots=True)
class Installation:
    """A running installation."""

    url: str
    data: Path
    process: Process
    words: Path
    """The file that its output goes to."""

    async def ended(self) -> InstallationFailed:
        """Wait until it ends, which nobody wants, and say what it said last."""
        status = await self.process.wait()
        return InstallationFailed(f"safehand up ended with {status}", last_words(self.words))

    async def setup_token(self) -> str:
        """The token of the one-time link with which the first administrator is made."""
        said = await command("admin", "link", "--data", str(self.data), "--json")
        link = said.value.get("link", "") if isinstance(said.value, dict) else ""
        if said.status != 0 or "/setup/" not in link:
            raise InstallationFailed("safehand admin link", said.errors)
        return str(link).rpartition("/")[2]


async def command(*words: str, settings: Mapping[str, str] | None = None) -> Said:
    """Run `safehand` with these words, and these settings in its environment, and wait for its end.

    Errors
        InstallationFailed  it took longer than COMMAND_S.
    """
    child = await asyncio.create_subprocess_exec(
        *_COMMAND,
        *words,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env=surroundings() | dict(settings or {}),
        start_new_session=True,
        preexec_fn=_leash(),
    )
    try:
        output, errors = await asyncio.wait_for(child.communicate(), COMMAND_S)
    except TimeoutError:
        raise InstallationFailed(" ".join(words[:2]), f"no end after {COMMAND_S:.0f} s") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    lines = output.decode("utf-8", "replace").strip().splitlines()
    value = None
    with suppress(ValueError, IndexError):
        value = json.loads(lines[-1])
    return Said(child.returncode or 0, value, errors.decode("utf-8", "replace")[-LAST_WORDS_CHARACTERS:])


@asynccontextmanager
async def running(data: Path, port: int | None, words: Path) -> AsyncIterator[Installation]:
    """An installation that is ready, until the end of the block; then it is stopped, whatever happened.

    Errors
        InstallationFailed  it ended, or was not ready within READY_S.
    """
    port = port or _free_port()
    url = f"http://{HOST}:{port}"
    with words.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            *("up", "--data", str(data), "--port", str(port), "--json"),
            stdin=DEVNULL,
            stdout=output,
            stderr=output,
            env=surroundings(url),
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop it in order
            preexec_fn=_leash(),
        )
    try:
        installation = Installation(url, data, process, words)
        await _ready(installation)
        yield installation
    finally:
        await asyncio.shield(_stop(process))


async def _ready(installation: Installation) -> None:
    until = asyncio.get_running_loop().time() + READY_S
    async with httpx.AsyncClient(base_url=installation.url, timeout=5, trust_env=False) as http:
        while asyncio.get_running_loop().time() < until:
            if installation.process.returncode is not None:
                raise await installation.ended()
            with suppress(httpx.TransportError):
                if (await http.get("/readyz")).status_code == httpx.codes.OK:
                    return
            await asyncio.sleep(ASK_AGAIN_S)
    raise InstallationFailed(f"not ready after {READY_S:.0f} s", last_words(installation.words))


async def _stop(process: Process) -> None:
    """Ask it to stop, then make it: its whole session, so that nothing stays behind."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def last_words(words: Path) -> str:
    """The end of what a child said."""
    return words.read_bytes()[-LAST_WORDS_CHARACTERS:].decode("utf-8", "replace").strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def surroundings(url: str | None = None) -> dict[str, str]:
    """Our environment without any setting of Safehand's: a demo must never reach somebody's real database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS_PREFIX)}
    kept[f"{SETTINGS_PREFIX}AS_ROOT"] = "allowed"  # a day of play, wherever Python lies
    return kept | ({f"{SETTINGS_PREFIX}ORIGIN": url} if url else {})


def _leash() -> Callable[[], None]:
    """Have the kernel tell the child to stop when we end, even by kill -9."""
    control = ctypes.CDLL(None, use_errno=True).prctl  # looked up before the fork: after it, less is allowed
    parent = os.getpid()

    def prepare() -> None:
        control(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:  # it ended between the fork and the leash
            os._exit(1)

    return prepare
