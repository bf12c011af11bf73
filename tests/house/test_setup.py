"""Set-up finds the right Python, takes nothing from the machine's own, and knows when there is nothing to do."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import setup

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("sh", "id", "dirname", "sed")  # what setup.sh itself calls; apt-get is not among them on purpose
BASE = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with an awkward name, the real setup.sh, and a setup.py that says which Python runs it."""
    top = tmp_path / "Ana's päckchen & co"
    (top / "tools").mkdir(parents=True)
    (top / "bin").mkdir()
    shutil.copy(ROOT / "tools" / "setup.sh", top / "tools")
    (top / "tools" / "setup.py").write_text(
        "import sys; print('chosen', sys.executable, sys.argv[1:], file=sys.stderr)\n"
    )
    for name in NEEDED:
        (top / "bin" / name).symlink_to(str(shutil.which(name)))
    return top


def set_up(checkout: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": str(checkout / "bin"), "HOME": str(checkout / "nobody"), **env}
    command = [str(checkout / "bin" / "sh"), str(checkout / "tools" / "setup.sh"), *arguments]
    return subprocess.run(command, env=clean, cwd="/", capture_output=True, text=True, check=False, timeout=60)


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_default_python_that_is_too_old_is_passed_over(checkout: Path) -> None:
    program(checkout / "bin" / "python3.12", "echo 'pyenv: python3.12: command not found' >&2; exit 127")
    program(checkout / "bin" / "python3", "exit 1  # 3.11 answers the question for its version so")
    new = checkout / "pyenv" / "versions" / "3.12.1" / "bin" / "python3"
    program(new, f'exec "{BASE}" "$@"')

    done = set_up(checkout, "--tell", PYENV_ROOT=str(checkout / "pyenv"))

    assert done.returncode == 0, done.stderr
    assert f"chosen {BASE}" in done.stderr
    assert "['--tell']" in done.stderr
    assert done.stdout == ""


def test_a_python_on_the_path_comes_first(checkout: Path) -> None:
    program(checkout / "bin" / "python3.12", f'exec "{BASE}" "$@"')

    done = set_up(checkout)

    assert done.returncode == 0, done.stderr
    assert "chosen" in done.stderr


def test_a_named_python_that_does_not_suit_is_refused_in_words(checkout: Path) -> None:
    program(checkout / "old", "exit 1")

    done = set_up(checkout, PYTHON=str(checkout / "old"))

    assert done.returncode == 1
    assert "is not a CPython >= 3.12" in done.stderr
    assert "chosen" not in done.stderr


def test_half_a_venv_does_not_stand_in_the_way(checkout: Path) -> None:
    program(checkout / ".venv" / "bin" / "python", "exit 139")
    program(checkout / "bin" / "python3.13", f'exec "{BASE}" "$@"')

    done = set_up(checkout)

    assert done.returncode == 0, done.stderr
    assert "chosen" in done.stderr


def test_a_finished_venv_is_asked_and_nothing_else_runs(checkout: Path) -> None:
    program(checkout / ".venv" / "bin" / "python", f'exec "{BASE}" "$@"')

    done = set_up(checkout)

    assert done.stderr.count("chosen") == 1
    assert "['--current']" in done.stderr


def test_children_of_set_up_see_no_other_pythons_packages() -> None:
    env = setup.own_environment(
        {"PYTHONPATH": "/x", "VIRTUAL_ENV": "/y", "PIP_TARGET": "/z", "PIP_CERT": "/c", "HOME": "/h"}
    )

    assert set(env) & {"PYTHONPATH", "VIRTUAL_ENV", "PIP_TARGET"} == set()
    assert (env["PIP_CERT"], env["HOME"]) == ("/c", "/h")


def test_one_packages_lines_are_cut_from_a_lock_with_all_their_hashes() -> None:
    wanted = "uv==0.13.9 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"
    lock = f"uv-build==1 \\\n    --hash=sha256:aa\n{wanted}    # via x\nzz==1\n"

    assert setup.locked_lines(lock, "uv") == wanted
    with pytest.raises(setup.SetupFailed):
        setup.locked_lines(lock, "pip")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """What the stamp is made from."""
    (tmp_path / "requirements").mkdir()
    for lock in setup.LOCKS:
        shutil.copy(lock, tmp_path / "requirements")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "old", "new", "again"),
    [
        ("requirements/dev.txt", "sha256:", "sha256:0", True),
        ("requirements/map.txt", "pyrosm==", "pyrosm==1", True),
        ("pyproject.toml", "safehand.cli.main:main", "safehand.cli.entry:main", True),
        ("pyproject.toml", "line-length = 120", "line-length = 100", False),
    ],
)
def test_set_up_is_done_again_when_what_it_installs_has_changed(
    project: Path, path: str, old: str, new: str, again: bool
) -> None:
    before = setup.wanted(project, "3.12.1")
    text = (project / path).read_text("utf-8")
    assert old in text
    (project / path).write_text(text.replace(old, new), "utf-8")

    assert (setup.wanted(project, "3.12.1") != before) is again


def test_a_copied_checkout_and_another_python_are_set_up_anew(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("moved") / "copy"
    shutil.copytree(project, elsewhere)
    here = setup.wanted(project, "3.12.1")

    assert setup.wanted(elsewhere, "3.12.1") != here
    assert setup.wanted(project, "3.13.0") != here
    assert json.loads(json.dumps(here)) == here  # the stamp is compared after it was written and read


def test_the_screens_are_built_again_when_a_source_or_a_locked_package_has_changed(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "web", tmp_path / "web", ignore=shutil.ignore_patterns("node_modules"))
    web = tmp_path / "web"
    before = setup.web_wanted(web)

    (web / "node_modules").mkdir()
    (web / "node_modules" / "anything.js").write_text("1")
    assert setup.web_wanted(web) == before
    (web / "src" / "depot" / "main.ts").write_text("1")
    changed = setup.web_wanted(web)
    assert changed["packages"] == before["packages"]
    assert changed["sources"] != before["sources"]
    (web / "package-lock.json").write_text("{}")
    assert setup.web_wanted(web)["packages"] != before["packages"]


def test_nothing_is_to_be_done_in_less_than_a_second(checkout: Path) -> None:
    shutil.copy(ROOT / "tools" / "setup.py", checkout / "tools")
    shutil.copytree(ROOT / "requirements", checkout / "requirements")
    shutil.copy(ROOT / "pyproject.toml", checkout)
    program(checkout / ".venv" / "bin" / "python", f'exec "{BASE}" "$@"')
    stamp = checkout / ".venv" / setup.STAMP.name
    stamp.write_text(json.dumps(setup.wanted(checkout.resolve(), sys.version)))
    before = os.times()

    done = set_up(checkout, "--tell", "--no-programs")

    spent = os.times()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "setup: ready\n")
    assert spent.children_user + spent.children_system - before.children_user - before.children_system < 1.0


def test_without_a_browser_and_without_the_right_to_get_one_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")

    setup.get_programs(scanners=False)

    said = capsys.readouterr()
    assert said.out == ""
    assert "no chromium, for the tests of the pages. As root: apt-get install chromium" in said.err
