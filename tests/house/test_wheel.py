"""The wheel holds all that is needed and runs far from the checkout."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.asvs import asvs

ROOT = Path(__file__).resolve().parents[2]
QUIET = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8"}


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, env=QUIET, capture_output=True, text=True, check=False, timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout with what is installed."""
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    (built,) = out.glob("safehand-*.whl")
    return built


@asvs("13.4.1", "15.2.3")
def test_everything_under_safehand_is_in_the_wheel(wheel: Path) -> None:
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("safehand/")}
    there = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "safehand").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert packed == there
    assert any(name.endswith("errors.py") for name in packed)
    assert "safehand/kernel/messages/fi/store.toml" in packed
    assert "safehand/surfaces/web/built/manifest.json" in packed, "the screens of web/ are not built: `make setup`"


def test_the_wheel_names_its_licence_and_its_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as pack:
        info = {name.partition(".dist-info/")[2]: name for name in pack.namelist() if ".dist-info/" in name}
        assert "Apache License" in pack.read(info["licenses/LICENSE"]).decode()
        assert "safehand = safehand.cli.main:main" in pack.read(info["entry_points.txt"]).decode()


def test_the_installed_wheel_runs_far_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    venv = tmp_path / "anywhere else"
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=tmp_path)
    python = venv / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    run(uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, wheel, cwd=tmp_path)
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip())
    (site / "what-it-depends-on.pth").write_text(sysconfig.get_path("purelib") + "\n")

    where = run(python, "-c", "import safehand; print(safehand.__file__)", cwd=tmp_path).strip()
    said = run(venv / "bin" / "safehand", "--help", cwd=tmp_path)

    assert Path(where).is_relative_to(site)
    for command in ("up", "demo", "ledger", "label", "scan", "admin"):
        assert command in said
