"""Settings: read from the environment once, checked, and frozen. docs/operations.md lists them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from safehand.kernel.errors import SafehandError
from safehand.ledger.places import log_folder, log_key_file

ORIGIN_SHAPE = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]{1,253}")
LOG_NAME_SHAPE = re.compile(r"[A-Za-z0-9.\-/]{1,200}")


class BadSetting(SafehandError):
    """A setting of the environment cannot be used."""

    code = "app.bad_setting"

    def __init__(self, name: str, given: str, wanted: str) -> None:
        super().__init__(name=name, given=given, wanted=wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one process needs to know. `database_url` is the application role's."""

    data: Path
    database_url: str
    nats_url: str | None = None
    blobs_url: str | None = None
    origin: str = "http://127.0.0.1:8080"
    """How people reach the pages: scheme, host, port."""
    log_name: str = "safehand.local/log"
    """The log's origin and key name: for ever, once facts are signed."""
    witness_policy: Path | None = None
    """A C2SP tlog-policy: the witnesses that are asked, and how many of them it takes."""
    tsa_url: str | None = None
    """Who stamps checkpoints with the time (RFC 3161)."""
    tsa_certificate: Path | None = None
    """A PEM file: whose stamps are believed."""
    backup_folder: Path | None = None
    """Another disk, where backups and archived write-ahead log go."""
    backup_recipients: str | None = None
    """The age public keys that they are sealed to."""
    carrier_name: str = "Safehand"
    company_prefix: str = "6400001"
    country: str = "FI"
    zone: str = "Europe/Helsinki"
    erasures: Path | None = None
    """Where erasures are journalled: outside the database and its backups, shared by all machines."""
    kms_url: str | None = None
    """A key service that opens the master keys; without one they are plain files."""
    kms_token_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8080

    @property
    def log_folder(self) -> Path:
        """Where the public log's files are."""
        return log_folder(self.data, self.log_name)

    @property
    def log_key_file(self) -> Path:
        """Where the log's private key is."""
        return log_key_file(self.data, self.keys_folder, self.log_name)

    @property
    def keys_folder(self) -> Path:
        """Where the private keys are."""
        return self.data / "keys"

    @property
    def erasures_folder(self) -> Path:
        """Where erasures are journalled."""
        return self.erasures or self.data / "erasures"

    @property
    def blobs_folder(self) -> Path:
        """Where evidence files are, if no object store is set."""
        return self.data / "blobs"


def read_settings(environment: Mapping[str, str], **given: str | int | Path | None) -> Settings:
    """The settings of the environment; what is `given` (by command-line flags) goes first.

    Errors
        BadSetting  names the variable, what it says and what it should say.
    """
    said: dict[str, object] = {}
    for field, variable in VARIABLES.items():
        value = given.get(field)
        said[field] = value if value is not None else environment.get(variable)
    chosen = {field: value for field, value in said.items() if value not in {None, ""}}
    if "data" not in chosen:
        raise BadSetting("SAFEHAND_DATA", "", "a folder")
    if "database_url" not in chosen:
        raise BadSetting("SAFEHAND_DATABASE_URL", "", "postgresql://user:password@host/database")
    chosen["data"] = Path(str(chosen["data"])).resolve()
    for name in PATHS & chosen.keys():
        chosen[name] = Path(str(chosen[name])).resolve()
    chosen["port"] = _port(str(chosen.get("port", Settings.__dataclass_fields__["port"].default)))
    settings = Settings(**chosen)  # type: ignore[arg-type]  # each field was read as what it is
    _check(settings)
    return settings


VARIABLES = {
    "data": "SAFEHAND_DATA",
    "database_url": "SAFEHAND_DATABASE_URL",
    "nats_url": "SAFEHAND_NATS_URL",
    "blobs_url": "SAFEHAND_BLOBS_URL",
    "origin": "SAFEHAND_ORIGIN",
    "log_name": "SAFEHAND_LOG_NAME",
    "witness_policy": "SAFEHAND_WITNESS_POLICY",
    "tsa_url": "SAFEHAND_TSA_URL",
    "tsa_certificate": "SAFEHAND_TSA_CERTIFICATE",
    "backup_folder": "SAFEHAND_BACKUP_FOLDER",
    "backup_recipients": "SAFEHAND_BACKUP_RECIPIENTS",
    "carrier_name": "SAFEHAND_CARRIER_NAME",
    "company_prefix": "SAFEHAND_GS1_PREFIX",
    "country": "SAFEHAND_COUNTRY",
    "zone": "SAFEHAND_ZONE",
    "erasures": "SAFEHAND_ERASURES",
    "kms_url": "SAFEHAND_KMS_URL",
    "kms_token_file": "SAFEHAND_KMS_TOKEN_FILE",
    "host": "SAFEHAND_HOST",
    "port": "SAFEHAND_PORT",
}

PATHS = frozenset({"witness_policy", "tsa_certificate", "backup_folder", "erasures", "kms_token_file"})
"""Settings that name a file or a folder, besides the data folder."""


def _port(text: str) -> int:
    if not text.isdigit() or not 0 <= int(text) <= 65_535:
        raise BadSetting("SAFEHAND_PORT", text, "0 to 65535")
    return int(text)


def _check(settings: Settings) -> None:
    if not ORIGIN_SHAPE.fullmatch(settings.origin):
        raise BadSetting("SAFEHAND_ORIGIN", settings.origin, "https://host or https://host:port, without a path")
    if not LOG_NAME_SHAPE.fullmatch(settings.log_name):
        raise BadSetting("SAFEHAND_LOG_NAME", settings.log_name, "a name like carrier.example/log")
    if not re.fullmatch(r"[0-9]{4,12}", settings.company_prefix):
        raise BadSetting("SAFEHAND_GS1_PREFIX", settings.company_prefix, "4 to 12 digits")
    if not re.fullmatch(r"[A-Z]{2}", settings.country):
        raise BadSetting("SAFEHAND_COUNTRY", settings.country, "two letters, as in ISO 3166-1")
    try:
        ZoneInfo(settings.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadSetting("SAFEHAND_ZONE", settings.zone, "an IANA zone like Europe/Helsinki") from None
