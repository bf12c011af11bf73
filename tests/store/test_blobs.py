"""Blobs: one contract, kept by a local folder and by an object store."""

import asyncio
import hashlib
import os
import resource
import signal
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.store import MemoryStore

from safehand.store.blobs import BLOB_BYTES_MAX, Blobs, ObjectBlobs, name_of, open_blobs, path_of
from safehand.store.errors import BlobDamaged, BlobMissing, BlobTooLarge, StoreUnavailable

PHOTO = b"\x89PNG a seal, unbroken"


@pytest.fixture(params=["folder", "object store"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    return open_blobs(tmp_path / "blobs") if request.param == "folder" else ObjectBlobs(MemoryStore())


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_what_was_put_is_got_by_its_hash(blobs: Blobs) -> None:
    name = await blobs.put(PHOTO)

    assert name == hashlib.sha256(PHOTO).hexdigest()
    assert await blobs.get(name) == PHOTO
    assert await blobs.has(name)


async def test_the_same_bytes_twice_are_kept_once(blobs: Blobs) -> None:
    assert await blobs.put(PHOTO) == await blobs.put(PHOTO)
    assert await blobs.get(name_of(PHOTO)) == PHOTO


async def test_nothing_is_a_blob_too(blobs: Blobs) -> None:
    assert await blobs.get(await blobs.put(b"")) == b""


@pytest.mark.parametrize("name", ["0" * 64, "", "../../etc/passwd", "F" * 64, "0" * 63, "a/" * 32, "0" * 63 + "\n"])
async def test_a_name_that_is_none_or_names_nothing_is_missing(blobs: Blobs, name: str) -> None:
    with pytest.raises(BlobMissing):
        await blobs.get(name)
    assert not await blobs.has(name)
    await blobs.delete(name)


async def test_a_deleted_blob_is_gone(blobs: Blobs) -> None:
    name = await blobs.put(PHOTO)
    await blobs.delete(name)
    await blobs.delete(name)
    with pytest.raises(BlobMissing):
        await blobs.get(name)


async def test_a_blob_beyond_its_limit_is_refused(blobs: Blobs) -> None:
    with pytest.raises(BlobTooLarge):
        await blobs.put(bytes(BLOB_BYTES_MAX + 1))
    await blobs.put(bytes(BLOB_BYTES_MAX))


async def test_damage_and_exchange_are_noticed_and_putting_again_mends(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    name, other = await blobs.put(PHOTO), await blobs.put(b"another photo")
    path = tmp_path / path_of(name)
    for damaged in (
        PHOTO[:-1],
        PHOTO + b"x",
        bytes([PHOTO[0] ^ 1]) + PHOTO[1:],
        b"",
        (tmp_path / path_of(other)).read_bytes(),
    ):
        path.write_bytes(damaged)
        with pytest.raises(BlobDamaged):
            await blobs.get(name)
        await blobs.put(PHOTO)
        assert await blobs.get(name) == PHOTO


async def test_a_file_grown_beyond_the_limit_is_not_read_into_memory(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    name = await blobs.put(PHOTO)
    os.truncate(tmp_path / path_of(name), BLOB_BYTES_MAX * 1_000)
    with pytest.raises(BlobDamaged):
        await blobs.get(name)


async def test_a_blob_is_readable_by_its_owner_only_and_nothing_half_written_stays(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path / "blobs")
    await asyncio.gather(*(blobs.put(PHOTO) for _ in range(20)))

    files = files_in(tmp_path / "blobs")
    assert [path.name for path in files] == [name_of(PHOTO)]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600


async def test_a_full_disk_is_unavailable_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    try:
        with pytest.raises(StoreUnavailable):
            await blobs.put(bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)

    assert files_in(tmp_path) == []


def test_a_blob_is_flushed_to_the_disk_before_it_gets_its_name_and_its_folders_after(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    called: list[str] = []

    def watch(_frame: object, event: str, called_thing: object) -> None:
        name = getattr(called_thing, "__name__", "")
        if event == "c_call" and name in {"fsync", "replace"}:
            called.append(name)

    threading.setprofile(watch)  # the disk is written on a thread, which begins after this
    try:
        asyncio.run(blobs.put(PHOTO))
    finally:
        threading.setprofile(None)

    assert called == ["fsync", "replace", "fsync", "fsync", "fsync"]


@given(st.binary(max_size=2_000))
def test_whatever_bytes_are_put_come_back(data: bytes) -> None:
    blobs = ObjectBlobs(MemoryStore())

    async def there_and_back() -> bytes:
        return await blobs.get(await blobs.put(data))

    assert asyncio.run(there_and_back()) == data
