"""Settings: read from the environment once, checked, and frozen. docs/operations.md lists them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from safehand.app.transport import ClearText, database_worries, listening_worries, stream_worries
from safehand.kernel.errors import SafehandError
from safehand.kernel.outgoing import Network, parse_networks
from safehand.ledger.places import log_folder, log_key_file
from safehand.workforce.authority import Judged

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
    advisories: Path | None = None
    """A folder of OSV files: the known faults of components that the audit looks for."""
    carrier_name: str = "Safehand"
    company_prefix: str = "6400001"
    country: str = "FI"
    zone: str = "Europe/Helsinki"
    erasures: Path | None = None
    """Where erasures are journalled: outside the database and its backups, shared by all machines."""
    kms_url: str | None = None
    """A key service that opens the master keys; without one they are plain files."""
    kms_token_file: Path | None = None
    oidc_issuer: str | None = None
    """The carrier's own sign-in (OpenID Connect), as its description calls itself."""
    oidc_client: str | None = None
    oidc_secret_file: Path | None = None
    oidc_mail_domain: str | None = None
    """LOGIN@this, verified by the provider, links a colleague the first time; without it an administrator links."""
    oidc_proofs: str | None = None
    """Words in `amr` or `acr` that show more than a password."""
    host: str = "127.0.0.1"
    port: int = 8080
    tls_certificate: Path | None = None
    """Ours and those above it, PEM; with its key we speak TLS ourselves."""
    tls_key: Path | None = None
    trusted_proxies: tuple[Network, ...] = ()
    """Whose word about the real asker is believed."""
    private_networks: tuple[Network, ...] = ()
    """Networks of our own that our server may call, over TLS."""
    nats_authority: Path | None = None
    """The authority that the stream's certificate is checked with; None: those that the machine knows."""
    authority: Judged = Judged.RECORDED
    """Of whom it is asked whether he may carry a parcel that he takes."""
    clear_text: bool = False
    """Whether somebody said that clear text may leave this machine."""

    @property
    def secure(self) -> bool:
        """Whether people reach us over https."""
        return self.origin.startswith("https://")

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
    def map_folder(self) -> Path:
        """Where the builds of the map are."""
        return self.data / "map"

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
        ClearText   something would leave this machine in clear text, and nobody said that it may.
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
    for field in FILES & chosen.keys():
        chosen[field] = Path(str(chosen[field])).resolve()
    for field in NETWORKS & chosen.keys():
        chosen[field] = _networks(VARIABLES[field], str(chosen[field]))
    chosen["clear_text"] = _allowed(str(chosen.get("clear_text", "")))
    chosen["authority"] = _judged(str(chosen.get("authority", Judged.RECORDED)))
    chosen["port"] = _port(str(chosen.get("port", Settings.__dataclass_fields__["port"].default)))
    settings = Settings(**chosen)  # type: ignore[arg-type]  # each field was read as what it is
    _check(settings)
    owner_url, default_host = environment.get(OWNER_VARIABLE), environment.get("PGHOST", "")
    as_owner = database_worries(OWNER_VARIABLE, owner_url, default_host) if owner_url else ()
    for worry in (*transport_worries(settings, default_host), *as_owner):
        if not settings.clear_text:
            raise worry
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
    "advisories": "SAFEHAND_ADVISORIES",
    "carrier_name": "SAFEHAND_CARRIER_NAME",
    "company_prefix": "SAFEHAND_GS1_PREFIX",
    "country": "SAFEHAND_COUNTRY",
    "zone": "SAFEHAND_ZONE",
    "erasures": "SAFEHAND_ERASURES",
    "kms_url": "SAFEHAND_KMS_URL",
    "kms_token_file": "SAFEHAND_KMS_TOKEN_FILE",
    "oidc_issuer": "SAFEHAND_OIDC_ISSUER",
    "oidc_client": "SAFEHAND_OIDC_CLIENT",
    "oidc_secret_file": "SAFEHAND_OIDC_SECRET_FILE",
    "oidc_mail_domain": "SAFEHAND_OIDC_MAIL_DOMAIN",
    "oidc_proofs": "SAFEHAND_OIDC_PROOFS",
    "host": "SAFEHAND_HOST",
    "port": "SAFEHAND_PORT",
    "tls_certificate": "SAFEHAND_TLS_CERTIFICATE",
    "tls_key": "SAFEHAND_TLS_KEY",
    "trusted_proxies": "SAFEHAND_TRUSTED_PROXIES",
    "private_networks": "SAFEHAND_PRIVATE_NETWORKS",
    "nats_authority": "SAFEHAND_NATS_AUTHORITY",
    "authority": "SAFEHAND_AUTHORITY",
    "clear_text": "SAFEHAND_CLEAR_TEXT",
}
FILES = frozenset(
    {"data", "witness_policy", "tsa_certificate", "backup_folder", "erasures", "kms_token_file", "advisories"}
    | {"tls_certificate", "tls_key", "nats_authority", "oidc_secret_file"}
)
"""Settings that name a file or a folder."""
DATABASE_NOT_ASKED = "postgresql:///not-asked?host=/nowhere"
"""For commands that need the settings and no database."""
NETWORKS = frozenset({"trusted_proxies", "private_networks"})
ALLOWED = "allowed"
OWNER_VARIABLE = "SAFEHAND_DATABASE_OWNER_URL"


def transport_worries(settings: Settings, default_database_host: str = "") -> list[ClearText]:
    """What would leave this machine in clear text."""
    tls, proxied = settings.tls_certificate is not None, bool(settings.trusted_proxies)
    return [
        *listening_worries(settings.host, settings.origin, tls=tls, proxied=proxied),
        *database_worries(VARIABLES["database_url"], settings.database_url, default_database_host),
        *stream_worries(VARIABLES["nats_url"], settings.nats_url or ""),
    ]


def _networks(variable: str, text: str) -> tuple[Network, ...]:
    try:
        return parse_networks(text)
    except ValueError:
        raise BadSetting(variable, text, "addresses and networks like 10.1.0.0/16, joined by commas") from None


def _judged(text: str) -> Judged:
    try:
        return Judged(text)
    except ValueError:
        raise BadSetting("SAFEHAND_AUTHORITY", text, ", ".join(Judged)) from None


def _allowed(text: str) -> bool:
    if text not in {"", ALLOWED}:
        raise BadSetting("SAFEHAND_CLEAR_TEXT", text, f"{ALLOWED}, or nothing")
    return text == ALLOWED


def _port(text: str) -> int:
    if not text.isdigit() or not 0 <= int(text) <= 65_535:
        raise BadSetting("SAFEHAND_PORT", text, "0 to 65535")
    return int(text)


def _check(settings: Settings) -> None:
    if not ORIGIN_SHAPE.fullmatch(settings.origin):
        raise BadSetting("SAFEHAND_ORIGIN", settings.origin, "https://host or https://host:port, without a path")
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        given = str(settings.tls_certificate or settings.tls_key)
        raise BadSetting("SAFEHAND_TLS_CERTIFICATE, SAFEHAND_TLS_KEY", given, "both, or neither")
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
