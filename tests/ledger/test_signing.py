"""The key file: made once, for one name, readable by its owner only."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from safehand.ledger.errors import KeyRefused
from safehand.ledger.note import BadKey
from safehand.ledger.signing import SigningKey, load_or_create_key
from tests.asvs import asvs
from tests.ledger.logs import ORIGIN, a_key


def test_a_key_is_made_once_and_then_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "log.key"

    first = load_or_create_key(path, ORIGIN)

    assert load_or_create_key(path, ORIGIN) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["log.key"]


def test_two_keys_are_not_the_same() -> None:
    assert SigningKey.generate(ORIGIN).seed != SigningKey.generate(ORIGIN).seed


def test_processes_that_make_the_key_at_the_same_moment_agree(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from safehand.ledger.signing import load_or_create_key\n"
        "sys.stdin.read(1); print(load_or_create_key(Path(sys.argv[1]), 'log.example').verifier)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "log.key")]
    racing = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(4)]
    for process in racing:
        assert process.stdin is not None
        process.stdin.write(b"x")
        process.stdin.flush()
    answers = {process.communicate()[0] for process in racing}

    assert len(answers) == 1
    assert answers != {b""}


@asvs("13.3.2")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o622])
def test_a_file_that_others_can_get_at_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "log.key"
    load_or_create_key(path, ORIGIN)
    path.chmod(mode)

    with pytest.raises(KeyRefused, match="0600"):
        load_or_create_key(path, ORIGIN)


def test_a_key_of_another_log_is_refused(tmp_path: Path) -> None:
    load_or_create_key(tmp_path / "log.key", ORIGIN)

    with pytest.raises(KeyRefused, match="not of other"):
        load_or_create_key(tmp_path / "log.key", "other.example")


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"x" * 5000, a_key().encode().encode() + b"\n\n"])
def test_a_file_that_is_no_key_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "log.key"
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(KeyRefused):
        load_or_create_key(path, ORIGIN)
    assert path.read_bytes() == content


def test_a_place_where_no_key_can_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(KeyRefused):
        load_or_create_key(tmp_path / "file" / "log.key", ORIGIN)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    load_or_create_key(tmp_path / "real.key", ORIGIN)
    (tmp_path / "log.key").symlink_to("real.key")

    with pytest.raises(KeyRefused):
        load_or_create_key(tmp_path / "log.key", ORIGIN)


def test_a_pipe_does_not_hang_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log.key", 0o600)

    with pytest.raises(KeyRefused):
        load_or_create_key(tmp_path / "log.key", ORIGIN)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b", "x" * 256])
def test_a_name_that_cannot_stand_in_a_note_is_refused(name: str) -> None:
    with pytest.raises(BadKey):
        SigningKey.generate(name)
