"""An installation: every desk and noun, built once from the settings and joined. No framework, no loop."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from safehand.app.auditing import build_audit
from safehand.app.cages import Cages
from safehand.app.depot_sorting import DepotSorting, usual_days
from safehand.app.identifying import Identity, build_identity
from safehand.app.placing import OnTheMap, build_places
from safehand.app.schema_versions import APP_NAME, newest_revision
from safehand.app.settings import VARIABLES, BadSetting, Settings
from safehand.app.workforce import Workforce, build_workforce
from safehand.audit.commands import AuditDesk
from safehand.bus.notices import Bus
from safehand.custody.aggregates import AggregatesDesk
from safehand.custody.commands import CustodyDesk
from safehand.custody.decisions import DecisionDesk
from safehand.custody.exceptions import EXCEPTIONS
from safehand.custody.holdings import HOLDINGS
from safehand.custody.losses import LOSSES
from safehand.custody.offers import OFFERS
from safehand.custody.reading import CustodyReader
from safehand.depot.floor import FLOORS
from safehand.handover.bodies import StatementBodies
from safehand.handover.evidence import EvidenceDesk
from safehand.handover.links import LinkDesk
from safehand.handover.pins import Pins
from safehand.handover.proofs import Proofs
from safehand.identity.grants import Grants
from safehand.identity.hashing import HashingApart
from safehand.identity.passwords import Passwords
from safehand.intake.desk import IntakeDesk
from safehand.kernel.clock import Clock, SystemClock
from safehand.kernel.outgoing import Reach
from safehand.ledger.durable import read_regular
from safehand.ledger.errors import KeyRefused
from safehand.ledger.ledger import Ledger
from safehand.ledger.note import VerifierKey
from safehand.ledger.projections import Projector
from safehand.ledger.receipts import Receipts
from safehand.ledger.rotation import KeyFiles
from safehand.ledger.sequencer import Sequencer
from safehand.ledger.signing import SigningKey, load_key, load_or_create_key
from safehand.ledger.source import FolderSource, SourceUnusable
from safehand.ledger.succession import KEYS_PATH, BadSuccession, Succession, succession_in
from safehand.ledger.tiles import CHECKPOINT_PATH
from safehand.ledger.timestamps import CERTIFICATE_BYTES_MAX, BadTimestamp, Timestamps, parse_certificates
from safehand.ledger.witness.asking import COSIGNED_PATH, Witnesses, a_client, acceptable_url
from safehand.ledger.witness.policy import POLICY_BYTES_MAX, BadPolicy, parse_policy
from safehand.parcels.calls import CallsDesk
from safehand.parcels.commands import ParcelsDesk
from safehand.parcels.labelling import Labelling
from safehand.parcels.manifests import ManifestsDesk
from safehand.parcels.model import Carrier
from safehand.privacy.erasure import Erasures
from safehand.privacy.export import Exports
from safehand.privacy.journal import Journal
from safehand.privacy.retention import Retention
from safehand.privacy.subjects import Subjects
from safehand.store.blobs import Blobs, open_blobs
from safehand.store.database import Store
from safehand.vault.key_folder import KeyFolder
from safehand.vault.key_service import HttpKeyService, ServedKeys
from safehand.vault.ports import MasterKeys
from safehand.vault.rotation import Rotation
from safehand.vault.vault import Vault

PROJECTIONS = (HOLDINGS, EXCEPTIONS, OFFERS, FLOORS, LOSSES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What is held of a person, for how long, and how it is forgotten."""

    subjects: Subjects
    exports: Exports
    erasures: Erasures
    retention: Retention
    rotation: Rotation


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Everything that routes, pages and loops ask."""

    settings: Settings
    clock: Clock
    store: Store
    bus: Bus
    blobs: Blobs
    vault: Vault
    identity: Identity
    ledger: Ledger
    log_key: SigningKey
    signers: Succession
    """Every key that the log had."""
    sequencer: Sequencer
    projector: Projector
    receipts: Receipts
    witnesses: Witnesses | None
    timestamps: Timestamps | None
    parcels: ParcelsDesk
    manifests: ManifestsDesk
    aggregates: AggregatesDesk
    calls: CallsDesk
    labelling: Labelling
    places: OnTheMap
    reader: CustodyReader
    custody: CustodyDesk
    decisions: DecisionDesk
    pins: Pins
    evidence: EvidenceDesk
    link_desk: LinkDesk
    intake: IntakeDesk
    privacy: Privacy
    audit: AuditDesk
    workforce: Workforce

    async def close(self) -> None:
        """Give the log's folder and the lines to witnesses back."""
        await self.sequencer.close()
        if self.witnesses is not None:
            await self.witnesses.client.aclose()
        if self.timestamps is not None:
            await self.timestamps.client.aclose()
        if (provider := self.identity.provider.provider) is not None:
            await provider.client.aclose()


PARCEL_MOVED = "parcel.moved"
"""The bus subject on which the ids of parcels with new facts are told, one a message."""


@dataclass(frozen=True, slots=True)
class BusAnnouncer:
    """Tells pages through the bus. If it is down, they catch up when they ask again."""

    bus: Bus

    def moved(self, parcels: Sequence[str]) -> None:
        """These parcels have new facts."""
        for parcel in parcels:
            self.bus.publish(PARCEL_MOVED, parcel.encode("ascii"))


@asynccontextmanager
async def opened(settings: Settings, bus: Bus, clock: Clock | None = None) -> AsyncIterator[Installation]:
    """Build an installation on its database and folder; closes what it opened.

    Errors
        WrongMasterKey, KeyRefused  a key file does not fit.
        StoreUnavailable            the database is gone.
    """
    store = Store(settings.database_url, name=APP_NAME + newest_revision())
    hasher = HashingApart()
    installation = build(settings, store, bus, clock or SystemClock(), Passwords(hasher))
    try:
        async with store.transaction() as tx:
            await installation.vault.check(tx)
        yield installation
    finally:
        await installation.close()
        await store.close()
        hasher.close()


def build(settings: Settings, store: Store, bus: Bus, clock: Clock, passwords: Passwords | None = None) -> Installation:
    """Join the rooms. The order is that of the floors. `passwords` is how they are hashed, if not as they should be."""
    vault = Vault.of(_master_keys(settings), clock)
    identity = build_identity(settings, store, vault, clock, passwords or Passwords())
    log_key, outgoing = _log_keys(settings)
    witnesses = _witnesses(settings, signers := _signers(settings, log_key.verifier))
    ledger, pins, announcer = Ledger(), Pins(vault), BusAnnouncer(bus)
    places = build_places(settings, store, identity.parties, vault, clock)
    parcels = ParcelsDesk(ledger, vault, clock, _carrier(settings), _sorting(settings, places, clock))
    workforce = build_workforce(settings, ledger, identity.parties, parcels, clock)
    proofs, bodies = Proofs(pins), StatementBodies(vault)
    custody = CustodyDesk(store, ledger, clock, proofs, bodies, announcer, workforce.carrying)
    blobs = open_blobs(settings.blobs_url or settings.blobs_folder)
    reader, evidence = CustodyReader(parcels, ledger), EvidenceDesk(store, vault, blobs, clock)
    exports = Exports(store, reader, evidence, identity.parties, clock, settings.carrier_name)
    aggregates, retention = AggregatesDesk(ledger, clock, settings.company_prefix), Retention(store, blobs, clock)
    return Installation(
        settings=settings,
        clock=clock,
        store=store,
        bus=bus,
        blobs=blobs,
        vault=vault,
        identity=identity,
        ledger=ledger,
        log_key=log_key,
        signers=signers,
        sequencer=Sequencer(store, ledger, clock, settings.log_folder, log_key, outgoing),
        projector=Projector(store, ledger, PROJECTIONS),
        receipts=Receipts(settings.log_folder, signers, COSIGNED_PATH if witnesses else CHECKPOINT_PATH),
        witnesses=witnesses,
        timestamps=_timestamps(settings, signers, clock, COSIGNED_PATH if witnesses else CHECKPOINT_PATH),
        parcels=parcels,
        manifests=ManifestsDesk(parcels, Cages(aggregates), clock),
        aggregates=aggregates,
        calls=CallsDesk(store, parcels, Grants(), clock),
        labelling=Labelling(parcels, identity.parties, settings.origin, settings.carrier_name),
        places=places,
        reader=reader,
        custody=custody,
        decisions=DecisionDesk(store, ledger, clock, announcer),
        pins=pins,
        evidence=evidence,
        link_desk=LinkDesk(store, parcels, identity.links, pins, clock, settings.origin),
        intake=IntakeDesk(custody),
        privacy=_privacy(settings, parcels, exports, retention),
        audit=build_audit(
            settings,
            store,
            clock,
            identity=identity,
            verifier=log_key.verifier,
            witnesses=witnesses,
            retention=retention,
        ),
        workforce=workforce,
    )


def _privacy(settings: Settings, parcels: ParcelsDesk, exports: Exports, retention: Retention) -> Privacy:
    store, vault, clock = exports.store, parcels.vault, parcels.clock
    return Privacy(
        subjects=Subjects(store, parcels, clock),
        exports=exports,
        erasures=Erasures(store, vault, retention.blobs, Journal(settings.erasures_folder), clock),
        retention=retention,
        rotation=Rotation(store, vault.masters),
    )


def _carrier(settings: Settings) -> Carrier:
    return Carrier(company_prefix=settings.company_prefix, country=settings.country)


def _sorting(settings: Settings, places: OnTheMap, clock: Clock) -> DepotSorting:
    return DepotSorting(
        plans=places.plans,
        calendars=places.calendars,
        clock=clock,
        country=settings.country,
        usual=usual_days(settings),
    )


def _log_keys(settings: Settings) -> tuple[SigningKey, SigningKey | None]:
    """The key that signs the log, made at the first start, and the one before it while that signs too."""
    files = KeyFiles(settings.log_key_file)
    current = load_or_create_key(files.current, settings.log_name)
    return current, load_key(files.outgoing, settings.log_name) if files.outgoing.exists() else None


def _signers(settings: Settings, key: VerifierKey) -> Succession:
    """Every key that the log had, by its own notes.

    Errors
        KeyRefused  they do not lead to our key.
    """
    try:
        there = settings.log_folder.is_dir()
        found = succession_in(FolderSource(settings.log_folder), key) if there else Succession(key)
    except (BadSuccession, SourceUnusable) as error:
        raise KeyRefused(path=str(settings.log_folder / KEYS_PATH), reason=str(error)) from None
    if found.newest != key:
        raise KeyRefused(path=str(settings.log_key_file), reason="a change of keys was not finished: rotate-keys log")
    return found


def _master_keys(settings: Settings) -> MasterKeys:
    """Files of this machine, opened by a key service if one is set."""
    settings.keys_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if settings.kms_url is None:
        return KeyFolder(settings.keys_folder)
    try:
        return ServedKeys(settings.keys_folder, HttpKeyService.at(settings.kms_url, settings.kms_token_file))
    except ValueError:
        wanted = "https://..., http:// of this machine, or unix:/path/of/the/socket"
        raise BadSetting(VARIABLES["kms_url"], settings.kms_url, wanted) from None


def _witnesses(settings: Settings, verifier: Succession) -> Witnesses | None:
    """Who is asked to cosign; nobody where no policy is set."""
    if settings.witness_policy is None:
        return None
    name, given = VARIABLES["witness_policy"], str(settings.witness_policy)
    reach = Reach(this_machine=True, networks=settings.private_networks)
    try:
        policy = parse_policy(read_regular(settings.witness_policy, POLICY_BYTES_MAX))
    except OSError as error:
        raise BadSetting(name, given, f"a file that can be read ({error.strerror})") from None
    except BadPolicy as error:
        raise BadSetting(name, given, f"a C2SP tlog-policy ({error})") from None
    for witness in policy.witnesses:
        if witness.url is not None and not acceptable_url(witness.url, reach):
            raise BadSetting(name, witness.url, "an https address for each witness, or one of this machine")
    return Witnesses(settings.log_folder, verifier, policy, a_client(reach))


def _timestamps(settings: Settings, signers: Succession, clock: Clock, shown: str) -> Timestamps | None:
    """Who stamps checkpoints; nobody where none is set."""
    if settings.tsa_url is None and settings.tsa_certificate is None:
        return None
    name, path = VARIABLES["tsa_certificate"], settings.tsa_certificate
    if settings.tsa_url is None or not acceptable_url(settings.tsa_url):
        raise BadSetting(VARIABLES["tsa_url"], settings.tsa_url or "", "an https address, or one of this machine")
    if path is None:
        raise BadSetting(name, "", "a PEM file with the certificate of who stamps, or of who vouches for it")
    try:
        trusted = parse_certificates(read_regular(path, CERTIFICATE_BYTES_MAX))
    except (OSError, BadTimestamp) as error:
        raise BadSetting(name, str(path), f"a PEM file with certificates ({error})") from None
    return Timestamps(settings.log_folder, shown, signers, settings.tsa_url, trusted, a_client(), clock)
