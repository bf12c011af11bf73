"""Blobs: bytes under the name of their own SHA-256, in a local folder or in an S3-compatible store.

A name is the promise: what is read back is hashed again, so a damaged or exchanged blob is noticed by whoever
reads it. Reading goes through obstore everywhere. obstore's local store does not fsync, so a local folder is
written by us: acknowledged means on the disk.
"""

import asyncio
import hashlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import obstore
from obstore.exceptions import BaseError as ObjectStoreError
from obstore.store import LocalStore, ObjectStore, from_url

from safehand.kernel.files import belong, make_folder, sync_folder
from safehand.store.errors import BlobDamaged, BlobMissing, BlobTooLarge, StoreUnavailable

BLOB_BYTES_MAX = 16 * 1024 * 1024
NAME = re.compile(r"[0-9a-f]{64}")


class Blobs(Protocol):
    """Where blobs are kept. Names are 64 hex digits."""

    async def put(self, data: bytes) -> str:
        """Keep these bytes; returns their name. It is certain once this returns; again is harmless.

        Errors
            BlobTooLarge      more than 16 MiB.
            StoreUnavailable  the disk is full, or the object store does not answer.
        """
        ...

    async def get(self, name: str) -> bytes:
        """The bytes of that name.

        Errors
            BlobMissing       none is kept, or the name is no name.
            BlobDamaged       the bytes kept under it have another hash.
            StoreUnavailable  the object store does not answer.
        """
        ...

    async def has(self, name: str) -> bool:
        """Whether bytes are kept under that name; not whether they are sound."""
        ...

    async def delete(self, name: str) -> None:
        """Keep them no longer; deleting what is not there is harmless."""
        ...


@dataclass(frozen=True, slots=True)
class ObjectBlobs:
    """Blobs in an object store, by obstore: S3 and what speaks its language, or memory."""

    store: ObjectStore

    async def put(self, data: bytes) -> str:
        """Keep these bytes; an object store acknowledges when they are durable."""
        name = name_of(data)
        try:
            await obstore.put_async(self.store, path_of(name), data)
        except (ObjectStoreError, OSError) as error:
            raise StoreUnavailable(reason=type(error).__name__) from error
        return name

    async def get(self, name: str) -> bytes:
        """The bytes of that name, hashed again."""
        if not NAME.fullmatch(name):
            raise BlobMissing(blob=name[:64])
        try:
            found = await obstore.get_async(self.store, path_of(name))
            if found.meta["size"] > BLOB_BYTES_MAX:
                raise BlobDamaged(blob=name)
            data = bytes(await found.bytes_async())
        except FileNotFoundError as error:
            raise BlobMissing(blob=name) from error
        except (ObjectStoreError, OSError) as error:
            raise StoreUnavailable(reason=type(error).__name__) from error
        if hashlib.sha256(data).hexdigest() != name:
            raise BlobDamaged(blob=name)
        return data

    async def has(self, name: str) -> bool:
        """Whether bytes are kept under that name."""
        if not NAME.fullmatch(name):
            return False
        try:
            await obstore.head_async(self.store, path_of(name))
        except FileNotFoundError:
            return False
        except (ObjectStoreError, OSError) as error:
            raise StoreUnavailable(reason=type(error).__name__) from error
        return True

    async def delete(self, name: str) -> None:
        """Keep them no longer."""
        if not NAME.fullmatch(name):
            return
        try:
            await obstore.delete_async(self.store, path_of(name))
        except FileNotFoundError:
            return
        except (ObjectStoreError, OSError) as error:
            raise StoreUnavailable(reason=type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class LocalBlobs(ObjectBlobs):
    """Blobs in a folder of this machine."""

    folder: Path

    async def put(self, data: bytes) -> str:
        """Keep these bytes: written beside, flushed to the disk, then given their name."""
        name = name_of(data)
        try:
            await asyncio.to_thread(_write, self.folder / path_of(name), data)
        except OSError as error:
            raise StoreUnavailable(reason=os.strerror(error.errno or 0)) from error
        return name


def open_blobs(where: str | Path, options: Mapping[str, str] | None = None) -> Blobs:
    """The blobs at a folder, or at a URL such as s3://bucket/prefix.

    Shapes
        options  what the object store needs besides: region, endpoint, keys (names as obstore lists them).
                 What is left out is read from the environment, as every S3 client does.
    """
    if isinstance(where, Path) or "://" not in where:
        folder = Path(where)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalBlobs(LocalStore(folder), folder)
    return ObjectBlobs(from_url(where, config=dict(options or {})))  # type: ignore[call-overload]


def name_of(data: bytes) -> str:
    """The name of these bytes: their SHA-256 in hex.

    Errors
        BlobTooLarge  more than 16 MiB.
    """
    if len(data) > BLOB_BYTES_MAX:
        raise BlobTooLarge(bytes=len(data), limit=BLOB_BYTES_MAX)
    return hashlib.sha256(data).hexdigest()


def path_of(name: str) -> str:
    """Where a blob lies: two levels of folders, so that none holds too many."""
    return f"{name[:2]}/{name[2:4]}/{name}"


def _write(path: Path, data: bytes) -> None:
    made = not path.parent.exists()
    make_folder(path.parent, 0o700)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            belong(file.fileno(), path.parent)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # A blob of that name is replaced: should it have been damaged, it is sound again.
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    folders = (path.parent, path.parent.parent, path.parent.parent.parent) if made else (path.parent,)
    for folder in folders:
        sync_folder(folder)
