"""Where an installation keeps its log and the log's key. A log declared after another has places of its own."""

import hashlib
from pathlib import Path

LOG_FOLDER = "ledger"
"""Where an installation keeps its published log, inside its data folder."""

DECLARED_FOLDER = "declared"


def log_folder(data: Path, name: str) -> Path:
    """Where the log of that name has its files."""
    declared = declared_folder(data, name)
    return declared if declared.is_dir() else data / LOG_FOLDER


def log_key_file(data: Path, keys: Path, name: str) -> Path:
    """Where the log of that name has its private key."""
    return declared_key_file(keys, name) if declared_folder(data, name).is_dir() else keys / "log.key"


def declared_folder(data: Path, name: str) -> Path:
    """Where the log of that name has its files once it is declared: the old log's stay where they are."""
    return data / LOG_FOLDER / DECLARED_FOLDER / _short(name)


def declared_key_file(keys: Path, name: str) -> Path:
    """Where it then has its private key."""
    return keys / f"log-{_short(name)}.key"


def _short(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]
