"""Taking a base: the cluster as PostgreSQL copies it while it runs, sealed; then the log and the evidence.

The order makes the parts agree: the database first, the log after it, so that a log is never older than a database
that is restored to the same moment; evidence last, so that what a fact names is there.
"""

import io
import subprocess
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from safehand.app.backup.archive import alone, copy_blobs, copy_logs, local_blobs, remove
from safehand.app.backup.erasures import carry_erasures
from safehand.app.backup.errors import OtherWriter, ProgramFailed
from safehand.app.backup.manifest import Manifest
from safehand.app.backup.packing import packed
from safehand.app.backup.place import MANIFEST, SEALED_SUFFIX, Place
from safehand.app.backup.sealing import Part, Recipient, Report, seal
from safehand.app.data_folder import DataFolder
from safehand.kernel.clock import Clock
from safehand.kernel.files import sync_folder
from safehand.ledger.durable import DurableFolder
from safehand.ledger.places import log_folder
from safehand.ledger.signing import SigningKey
from safehand.store.binaries import find_binaries
from safehand.store.copying import base_backup_command, client_environment
from safehand.store.embedded import APP, OWNER, SUPERUSER, Cluster
from safehand.store.replication import copying

LABEL_BYTES_MAX = 4096
TAR_BLOCK = 512
ERRORS_BYTES_MAX = 4_000

type Bar = Callable[[str], AbstractContextManager[Report]]
"""Shows how far the work is that these words name."""


@dataclass(frozen=True, slots=True)
class Taker:
    """Takes bases of one running installation."""

    folder: DataFolder
    place: Place
    recipients: Sequence[Recipient]
    key: SigningKey
    log_name: str
    clock: Clock
    journal: Path
    """The journal of erasures."""

    async def take(self, bar: Bar) -> Manifest:
        """Take a base now; it has a name only once all of it is on the disk.

        Errors
            NotPrepared    the folder is not this installation's.
            ProgramFailed  PostgreSQL does not hand its files out.
            NoRoom         the disk does not take it. Nothing is left.
        """
        self.place.require(self.key.verifier)
        began_ms = self.clock.now_ms()
        id = datetime.fromtimestamp(began_ms / 1000, UTC).strftime("%Y%m%dT%H%M%S.%f")[:-3] + "Z"
        fresh = self.place.bases / f".{id}"
        DurableFolder(fresh).create()
        try:
            async with copying(self.folder.postgres) as server:
                with bar("database") as report:
                    base, wal = self._copy_cluster(fresh, report)
            passwords = self._seal_bytes("passwords", fresh, packed(self._passwords()))
            ended_ms = self.clock.now_ms()
            with alone(self.folder):
                carry_erasures(self.journal, self.place, self.recipients, self.key, ended_ms)
                ends = copy_logs(self.folder.path, self.place.path)
            end = ends.get(log_folder(self.folder.path, self.log_name).relative_to(self.folder.path))
            with bar("evidence") as report:
                copy_blobs(self.folder, self.place, self.recipients, report)
            names = sorted(path.name for path in local_blobs(self.folder))
            blobs = self._seal_bytes("blobs", fresh, "".join(f"{name}\n" for name in names).encode())
            manifest = Manifest(
                id=id,
                log_name=self.log_name,
                system=server.system,
                major=server.major,
                schema=server.schema,
                began_ms=began_ms,
                ended_ms=ended_ms,
                wal=wal,
                log_size=end.size if end else 0,
                log_root=end.root.hex() if end else "",
                blob_count=len(names),
                parts={part.name: part for part in (base, passwords, blobs)},
            )
            DurableFolder(fresh).write({MANIFEST: manifest.sign(self.key)})
            return self._name(fresh, manifest)
        finally:
            remove(fresh)

    def _name(self, fresh: Path, manifest: Manifest) -> Manifest:
        target = self.place.bases / manifest.id
        if target.exists():
            raise OtherWriter(name=manifest.id)
        fresh.rename(target)
        sync_folder(self.place.bases)
        return manifest

    def _copy_cluster(self, fresh: Path, report: Report) -> tuple[Part, str]:
        cluster = Cluster(self.folder.postgres, find_binaries())
        process = subprocess.Popen(
            base_backup_command(cluster),
            env=client_environment(cluster.folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
        )
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        with process:
            try:
                source = _Tar(process.stdout, process)
                part = seal("base", source, fresh / f"base{SEALED_SUFFIX}", self.recipients, report)
            finally:
                process.kill()
        return part, source.first_segment()

    def _passwords(self) -> dict[str, bytes]:
        kept = self.folder.postgres / "passwords"
        return {role: (kept / role).read_bytes() for role in (SUPERUSER, OWNER, APP)}

    def _seal_bytes(self, name: str, fresh: Path, content: bytes) -> Part:
        return seal(name, io.BytesIO(content), fresh / f"{name}{SEALED_SUFFIX}", self.recipients)


class _Tar:
    """What pg_basebackup writes, looked at as it passes: its beginning, and whether it came to its end."""

    def __init__(self, stream: IO[bytes], process: "subprocess.Popen[bytes]") -> None:
        self._stream, self._process = stream, process
        self._head = b""

    def read(self, size: int, /) -> bytes:
        """The next bytes.

        Errors
            ProgramFailed  it ended before its end.
        """
        some = self._stream.read(size)
        if len(self._head) < LABEL_BYTES_MAX:
            self._head += some[: LABEL_BYTES_MAX - len(self._head)]
        if not some and (status := self._process.wait()) != 0:
            assert self._process.stderr is not None  # noqa: S101 - it is a pipe
            said = self._process.stderr.read(ERRORS_BYTES_MAX).decode("utf-8", "replace")
            raise ProgramFailed(program="pg_basebackup", status=status, said=" ".join(said.split())[-400:])
        return some

    def first_segment(self) -> str:
        """The segment that replaying begins with, as `backup_label` says: the first file of the tar.

        Source
            PostgreSQL, xlogbackup.c: `START WAL LOCATION: %X/%X (file %s)` is its first line.
        """
        name, _, rest = self._head.partition(b"\0")
        found = rest[TAR_BLOCK - len(name) - 1 :].split(b"(file ", 1)[-1][:24].decode("ascii", "replace")
        if name != b"backup_label":
            raise ProgramFailed(program="pg_basebackup", status=0, said="its first file is not backup_label")
        return found
