"""The master key file, and what it wraps."""

import asyncio
import os
import stat
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.vault.errors import Altered, MasterKeyExposed, MasterKeyUnusable, WrongMasterKey
from safehand.vault.master import WRAPPED_BYTES, MasterKey, check_file, load_master_key
from tests.asvs import asvs

KEY = MasterKey.of(bytes(range(32)))
ANA, BEN = "per_ana", "per_ben"


def test_a_missing_file_is_made_for_its_owner_only(tmp_path: Path) -> None:
    made = load_master_key(tmp_path / "master.key")

    file = tmp_path / "master.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_bytes()) == 32
    assert [entry.name for entry in tmp_path.iterdir()] == ["master.key"]
    assert load_master_key(file).fingerprint == made.fingerprint


def test_the_umask_cannot_widen_the_mode(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_master_key(tmp_path / "master.key")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600


@asvs("13.3.2")
@pytest.mark.parametrize("mode", [0o604, 0o640, 0o610, 0o620, 0o602, 0o644, 0o666, 0o777])
def test_a_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "master.key"
    file.write_bytes(bytes(32))
    file.chmod(mode)

    with pytest.raises(MasterKeyExposed) as refused:
        load_master_key(file)

    assert refused.value.params == {"path": str(file), "mode": f"{mode:04o}"}


@pytest.mark.parametrize("size", [0, 1, 31, 33, 64, 100_000])
def test_a_file_of_another_size_is_refused_and_left_as_it_is(tmp_path: Path, size: int) -> None:
    file = tmp_path / "master.key"
    file.write_bytes(bytes(size))
    file.chmod(0o600)

    with pytest.raises(MasterKeyUnusable):
        load_master_key(file)

    assert file.stat().st_size == size


def test_links_folders_and_pipes_are_refused(tmp_path: Path) -> None:
    load_master_key(tmp_path / "elsewhere")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder").mkdir(mode=0o700)
    os.mkfifo(tmp_path / "pipe", 0o600)

    for name in ("link", "dangling", "folder", "pipe"):
        with pytest.raises(MasterKeyUnusable):
            load_master_key(tmp_path / name)
    assert not (tmp_path / "nowhere").exists()


def owned_by(account: int) -> os.stat_result:
    return os.stat_result((stat.S_IFREG | 0o600, 1, 1, 1, account, 0, 32, 0, 0, 0))


def test_our_own_file_and_roots_are_accepted_and_anybody_elses_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)

    check_file(tmp_path / "master.key", owned_by(os.geteuid()))
    check_file(tmp_path / "master.key", owned_by(0))
    with pytest.raises(MasterKeyUnusable):
        check_file(tmp_path / "master.key", owned_by(os.geteuid() + 1))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives commands beside an account that runs")
@pytest.mark.parametrize(
    ("folders", "mode", "believed"),
    [(0, 0o755, True), (0, 0o775, False), (0, 0o757, False), (77, 0o700, True), (78, 0o700, False)],
)
def test_root_believes_an_accounts_file_in_its_own_folder_or_where_only_root_puts_files(
    tmp_path: Path, folders: int, mode: int, believed: bool
) -> None:
    tmp_path.chmod(mode)
    os.chown(tmp_path, folders, folders)

    with nullcontext() if believed else pytest.raises(MasterKeyUnusable):
        check_file(tmp_path / "token", owned_by(77))


async def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    loaded = await asyncio.gather(*(asyncio.to_thread(load_master_key, tmp_path / "master.key") for _ in range(24)))

    assert len({key.fingerprint for key in loaded}) == 1
    assert os.listdir(tmp_path) == ["master.key"]


def test_the_key_does_not_show_itself(tmp_path: Path) -> None:
    raw = (tmp_path / "master.key").read_bytes() if load_master_key(tmp_path / "master.key") else b""
    shown = repr(load_master_key(tmp_path / "master.key"))
    assert raw.hex() not in shown
    assert repr(raw) not in shown


def test_a_wrapped_key_opens_for_its_person_only() -> None:
    wrapped = KEY.wrap(ANA, bytes(32))

    assert len(wrapped) == WRAPPED_BYTES
    assert KEY.unwrap(ANA, wrapped, KEY.fingerprint) == bytes(32)
    with pytest.raises(Altered):
        KEY.unwrap(BEN, wrapped, KEY.fingerprint)


@given(st.integers(0, WRAPPED_BYTES * 8 - 1))
def test_no_bit_of_a_wrapped_key_can_be_changed(bit: int) -> None:
    wrapped = bytearray(KEY.wrap(ANA, bytes(range(32))))
    wrapped[bit // 8] ^= 1 << bit % 8

    with pytest.raises(Altered):
        KEY.unwrap(ANA, bytes(wrapped), KEY.fingerprint)


@given(st.binary(max_size=100))
def test_bytes_that_were_never_wrapped_are_refused(noise: bytes) -> None:
    with pytest.raises(Altered):
        KEY.unwrap(ANA, noise, KEY.fingerprint)


def test_another_master_key_says_that_it_is_another() -> None:
    other = MasterKey.of(bytes(32))

    with pytest.raises(WrongMasterKey) as refused:
        other.unwrap(ANA, KEY.wrap(ANA, bytes(32)), KEY.fingerprint)

    assert refused.value.params == {"recorded": KEY.fingerprint, "given": other.fingerprint}


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_of_another_size_is_a_mistake_of_ours(size: int) -> None:
    with pytest.raises(ValueError, match=f"{size} B"):
        MasterKey.of(bytes(size))
