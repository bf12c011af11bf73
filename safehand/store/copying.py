"""PostgreSQL's own means to copy a running server: a base backup, its WAL as it is written, and replaying both.

Only command lines; who runs them is the application's business. It is imported by the supervisor and therefore knows
no driver.

Source
    PostgreSQL 18, chapter 25.3 (continuous archiving); pg_basebackup, pg_receivewal.
"""

from datetime import UTC, datetime
from pathlib import Path

from safehand.store.embedded import PORT, SPOOL, SUPERUSER, Cluster, environment, socket_folder

ARCHIVE_SLOT = "safehand_archive"
"""The server keeps WAL until the archive has it: a restart of either loses nothing."""
REPLAYED = "replay"
"""Beside the cluster: where a restore lays the WAL to replay."""
CONNECT_TIMEOUT_S = 5


def base_backup_command(cluster: Cluster) -> list[str]:
    """Write a tar of the whole cluster to standard output, with the WAL that makes it whole."""
    return [
        cluster.binaries.program("pg_basebackup"),
        *("--pgdata=-", "--format=tar", "--wal-method=fetch", "--checkpoint=fast", "--no-manifest", "--no-password"),
        f"--dbname={_session(cluster.folder)}",
    ]


def receive_command(cluster: Cluster) -> list[str]:
    """Receive WAL into the spool as it is written, for ever."""
    return [
        cluster.binaries.program("pg_receivewal"),
        *("--directory", str(cluster.folder / SPOOL), "--slot", ARCHIVE_SLOT, "--no-password", "--status-interval=1"),
        f"--dbname={_session(cluster.folder)}",
    ]


def client_environment(folder: Path) -> dict[str, str]:
    """For the two: the password is handed over where no list of processes shows it."""
    password = (folder / "passwords" / SUPERUSER).read_text("ascii").strip()
    return {**environment(), "PGPASSWORD": password, "PGCONNECT_TIMEOUT": str(CONNECT_TIMEOUT_S)}


def replay_options(until_ms: int | None) -> list[str]:
    """What a server is started with besides, to replay what lies in the folder REPLAYED and then begin a new timeline.

    Shapes
        until_ms  the moment to stop at; None: all there is.
    """
    settings = {
        "restore_command": f'cp "../{REPLAYED}/%f" "%p"',  # it runs in the data directory
        "recovery_target_action": "promote",
        "hot_standby": "off",  # nobody is served before it has ended
    }
    if until_ms is not None:
        settings["recovery_target_time"] = datetime.fromtimestamp(until_ms / 1000, UTC).isoformat(sep=" ")
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _session(folder: Path) -> str:
    host = str(socket_folder(folder)).replace("\\", "\\\\").replace("'", "\\'")
    return f"host='{host}' port={PORT} user={SUPERUSER}"
