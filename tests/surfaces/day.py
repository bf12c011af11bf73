"""A sample day for the pages: a depot, drivers, parcels, and one parcel whose seal does not match."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from safehand.custody.timeline import Entry, EntryKind, Signed
from safehand.events.vocabulary import Evidence, ExceptionKind, ExceptionState, Reason, State, Way
from safehand.identity.passkeys import Passkey
from safehand.identity.sessions import OpenSession
from safehand.kernel.ids import ExceptionId, ParcelId, PartyId, PersonId, PlaceId, ShipmentId, UserId, derived_id
from safehand.labels.numbers import make_s10, make_sscc, make_tracking
from safehand.surfaces.views import (
    ExceptionCase,
    Holding,
    LogMark,
    Movement,
    Name,
    NameKind,
    Names,
    Numbers,
    Overview,
    ParcelFacts,
    ParcelHead,
    ParcelRow,
    ParcelView,
    PlaceName,
    RecipientView,
)

HELSINKI = ZoneInfo("Europe/Helsinki")


def at(day: int, hour: int, minute: int) -> int:
    """A moment of November 2026 on Helsinki's clocks, in milliseconds."""
    return int(datetime(2026, 11, day, hour, minute, tzinfo=HELSINKI).timestamp() * 1000)


def an_id(prefix: str, name: str) -> str:
    return derived_id(prefix, name.encode().ljust(16, b"."))


NOW_MS = at(24, 13, 26)
SHOP, OTHER_SHOP = PartyId(an_id("pty", "bookshop")), PartyId(an_id("pty", "wool shop"))
DEPOT = PartyId(an_id("pty", "pasila"))
MIKKO, SANNA, ELIAS = (PartyId(an_id("pty", name)) for name in ("mikko", "sanna", "elias"))
LEENA, OONA, VEIKKO = (PartyId(an_id("pty", name)) for name in ("leena", "oona", "veikko"))
AINO = PersonId(PartyId(an_id("per", "aino")))
RITVA, KIMMO = UserId(an_id("usr", "ritva")), UserId(an_id("usr", "kimmo"))
GATE, STREET = PlaceId(an_id("plc", "gate 3")), PlaceId(an_id("plc", "fredrikinkatu"))
BOX, CALM, DONE = (ParcelId(an_id("pcl", name)) for name in ("box", "calm", "done"))
SEAL_CASE, FORK_CASE = ExceptionId(an_id("exc", "seal")), ExceptionId(an_id("exc", "fork"))
OLD_CASE = ExceptionId(an_id("exc", "old"))


def numbers(serial: int) -> Numbers:
    """Three numbers whose check digits are right."""
    return Numbers(
        sscc=make_sscc(0, "6430000", serial),
        s10=make_s10("CE", serial, "FI"),
        tracking=make_tracking(73_441_829_000 + serial),
    )


BOX_NUMBERS, CALM_NUMBERS, DONE_NUMBERS = numbers(441), numbers(226), numbers(880)
NAMES = Names(
    parties={
        SHOP: Name("Akateeminen", NameKind.MERCHANT),
        OTHER_SHOP: Name("Lankapaja", NameKind.MERCHANT),
        DEPOT: Name("Pasila depot", NameKind.DEPOT),
        MIKKO: Name("Mikko Virtanen", NameKind.DRIVER),
        SANNA: Name("Sanna Korhonen", NameKind.DRIVER),
        ELIAS: Name("Elias Nieminen", NameKind.DRIVER),
        LEENA: Name("Leena Mäkelä", NameKind.DRIVER),
        OONA: Name("Oona Heikkilä", NameKind.DRIVER),
        VEIKKO: Name("Veikko Aho", NameKind.DRIVER),
        AINO: Name("Aino Laine", NameKind.RECIPIENT),
        RITVA: Name("Ritva Salo", NameKind.STAFF),
        KIMMO: Name("Kimmo Ranta", NameKind.STAFF),
    },
    places={
        GATE: PlaceName("Gate 3, Pasila", "Europe/Helsinki"),
        STREET: PlaceName("Fredrikinkatu", "Europe/Helsinki"),
    },
)
LOG = LogMark(position=48_213, size=48_260, root="Qk7vX3l0bWVyZW5nYWxhcGFnb3NpbmZpbml0eT09wE=")


def an_entry(seq: int, kind: EntryKind, at_ms: int, **fields: object) -> Entry:
    """An entry that is verified, told at once, and by a device; name what differs."""
    values: dict[str, object] = {
        "seq": seq,
        "position": 48_200 + seq,
        "verified": True,
        "at_ms": at_ms,
        "received_ms": at_ms + 1_200,
        "kind": kind,
        "cause": "ab" * 32,
    }
    return Entry(**(values | fields))  # type: ignore[arg-type]


def a_head(**fields: object) -> ParcelHead:
    """A parcel on Mikko's van, promised for today; name what differs."""
    values: dict[str, object] = {
        "parcel": BOX,
        "shipment": ShipmentId(an_id("shp", "one")),
        "merchant": SHOP,
        "recipient": AINO,
        "promised_on": date(2026, 11, 24),
        "state": State.OUT_FOR_DELIVERY,
        "reason": None,
        "custodian": MIKKO,
        "seal": "0731488",
        "sealed": True,
        "since_ms": at(24, 8, 12),
        "numbers": BOX_NUMBERS,
    }
    return ParcelHead(**(values | fields))  # type: ignore[arg-type]


def way_to_the_van() -> tuple[Entry, ...]:
    """From the shop to Mikko's van, both signing each time."""
    return (
        an_entry(1, EntryKind.CREATED, at(22, 16, 2), state=State.CREATED, taker=SHOP, cause=None),
        an_entry(
            2, EntryKind.HANDOVER, at(23, 17, 40), giver=SHOP, taker=DEPOT, way=Way.DEVICES, signed=Signed.BOTH,
            state=State.RECEIVED, place=GATE,
        ),
        an_entry(3, EntryKind.SEAL, at(23, 17, 52), seal="0731488", by=DEPOT, place=GATE),
        an_entry(4, EntryKind.READING, at(24, 6, 48), state=State.SORTED, by=DEPOT, place=GATE, seal="0731488"),
        an_entry(
            5, EntryKind.HANDOVER, at(24, 8, 12), giver=DEPOT, taker=MIKKO, way=Way.DEVICES, signed=Signed.BOTH,
            state=State.LOADED, place=GATE, seal="0731488",
        ),
        an_entry(6, EntryKind.READING, at(24, 8, 31), state=State.OUT_FOR_DELIVERY, by=MIKKO),
    )  # fmt: skip


def the_trouble() -> tuple[Entry, ...]:
    """Nobody at the door, another seal, and a half-signed way back."""
    return (
        an_entry(
            7, EntryKind.READING, at(24, 11, 31), state=State.ATTEMPTED, reason=Reason.CONSIGNEE_ABSENT, by=MIKKO,
            place=STREET,
        ),
        an_entry(
            8, EntryKind.EXCEPTION, at(24, 12, 55), received_ms=at(24, 13, 20), exception=SEAL_CASE,
            exception_kind=ExceptionKind.SEAL_MISMATCH, recorded="0731488", told="0731433",
        ),
        an_entry(
            9, EntryKind.OFFER, at(24, 13, 4), giver=MIKKO, taker=DEPOT, way=Way.DEVICES, signed=Signed.GIVER,
            seal="0731433", verified=False, position=None,
        ),
    )  # fmt: skip


def a_delivery() -> tuple[Entry, ...]:
    """At the door: the PIN as evidence."""
    return (
        an_entry(
            7, EntryKind.HANDOVER, at(24, 13, 19), giver=MIKKO, taker=AINO, way=Way.PIN, signed=Signed.EVIDENCE,
            evidence=(Evidence.PIN,), state=State.DELIVERED, place=STREET, seal="0731488", verified=False,
            position=None,
        ),
    )  # fmt: skip


SEAL = ExceptionCase(
    exception=SEAL_CASE,
    parcel=BOX,
    tracking=BOX_NUMBERS.tracking,
    kind=ExceptionKind.SEAL_MISMATCH,
    state=ExceptionState.OPEN,
    opened_ms=at(24, 13, 20),
    recorded="0731488",
    told="0731433",
)
FORK = ExceptionCase(
    exception=FORK_CASE,
    parcel=CALM,
    tracking=CALM_NUMBERS.tracking,
    kind=ExceptionKind.FORK,
    state=ExceptionState.ASSIGNED,
    opened_ms=at(24, 12, 22),
    owner=KIMMO,
    recorded=SANNA,
    told=ELIAS,
)
OLD = replace(SEAL, exception=OLD_CASE, state=ExceptionState.RESOLVED, opened_ms=at(23, 9, 5), owner=RITVA)
TO = ("Fredrikinkatu 34 B 12", "00120 Helsinki")


def parcels() -> dict[ParcelId, ParcelView]:
    """Three parcels: one in trouble, one on its way, one delivered."""
    facts = ParcelFacts(service="express", to_lines=("Aino Laine", *TO), weight_g=2_400, value_cents=18_000)
    calm = a_head(
        parcel=CALM,
        custodian=SANNA,
        numbers=CALM_NUMBERS,
    )
    done = a_head(
        parcel=DONE, state=State.DELIVERED, custodian=AINO, since_ms=at(24, 13, 19),
        numbers=DONE_NUMBERS,
    )  # fmt: skip
    box = a_head(state=State.ATTEMPTED, reason=Reason.CONSIGNEE_ABSENT)
    sannas = tuple(replace(entry, taker=SANNA) if entry.taker == MIKKO else entry for entry in way_to_the_van())
    return {
        BOX: ParcelView(
            head=box, facts=facts, entries=way_to_the_van() + the_trouble(), cases=(SEAL,), names=NAMES, log=LOG
        ),
        CALM: ParcelView(head=calm, facts=facts, entries=sannas, cases=(FORK,), names=NAMES, log=LOG),
        DONE: ParcelView(
            head=done, facts=facts, entries=way_to_the_van() + a_delivery(), cases=(), names=NAMES, log=None
        ),
    }


def for_recipient(view: ParcelView) -> RecipientView:
    """What the same parcel's recipient is shown."""
    pin = None if view.head.state is State.DELIVERED else "482716"
    return RecipientView(
        head=view.head,
        entries=view.entries,
        names=view.names,
        to_lines=TO,
        pin=pin,
        log=view.log,
        changed=view.head.parcel == BOX,
    )


def rows() -> tuple[ParcelRow, ...]:
    """The list of parcels, latest moved first."""
    states = [State.DELIVERED, State.ATTEMPTED, State.OUT_FOR_DELIVERY, State.HELD, State.SORTED, State.CREATED]
    holders = [AINO, MIKKO, SANNA, DEPOT, DEPOT, OTHER_SHOP]
    ids = [DONE, BOX, CALM, *(ParcelId(an_id("pcl", f"row {index}")) for index in range(3))]
    shown = [DONE_NUMBERS, BOX_NUMBERS, CALM_NUMBERS, numbers(5), numbers(13), numbers(21)]
    return tuple(
        ParcelRow(
            parcel=ids[index],
            tracking=shown[index].tracking,
            state=states[index],
            reason=None,
            custodian=holders[index],
            since_ms=at(24, 13, 19) - index * 1_260_000,
            promised_on=date(2026, 11, 24 if index < 4 else 25),
            exceptions=int(ids[index] in {BOX, CALM}),
        )
        for index in range(6)
    )


def an_overview() -> Overview:
    """The day at 13:26."""
    trackings = {BOX: BOX_NUMBERS.tracking, CALM: CALM_NUMBERS.tracking, DONE: DONE_NUMBERS.tracking}
    states = {BOX: State.ATTEMPTED, CALM: State.OUT_FOR_DELIVERY, DONE: State.DELIVERED}
    moved = [
        Movement(parcel=parcel, tracking=trackings[parcel], state=entry.state or states[parcel], entry=entry)
        for parcel, view in parcels().items()
        for entry in view.entries[-5:]
    ]
    holdings = [(MIKKO, 21, 24, 2), (SANNA, 17, 30, 0), (ELIAS, 28, 18, 3), (LEENA, 9, 41, 1), (OONA, 22, 11, 0)]
    return Overview(
        states={
            State.CREATED: 12,
            State.RECEIVED: 9,
            State.SORTED: 31,
            State.OUT_FOR_DELIVERY: 97,
            State.DELIVERED: 142,
            State.ATTEMPTED: 6,
            State.HELD: 3,
        },
        open_exceptions=2,
        log_size=48_260,
        behind=2,
        cases=(SEAL, FORK),
        movements=tuple(sorted(moved, key=lambda item: -item.entry.at_ms)),
        holdings=tuple(
            Holding(party=party, holding=holding, delivered=delivered, attempted=attempted)
            for party, holding, delivered, attempted in holdings
        ),
        names=NAMES,
    )


PASSKEYS = (
    Passkey(id=an_id("pky", "phone"), label="Work phone", made_ms=at(2, 9, 12), used_ms=at(24, 6, 2), suspect_ms=None),
    Passkey(
        id=an_id("pky", "key"), label="Key on my ring", made_ms=at(3, 8, 0), used_ms=None, suspect_ms=at(23, 17, 4)
    ),
)
SESSIONS = (
    OpenSession(id=an_id("ses", "here"), way="passkey", agent="Firefox, Linux", made_ms=at(24, 6, 2), seen_ms=NOW_MS),
    OpenSession(
        id=an_id("ses", "gate"), way="password", agent="Chrome, Android", made_ms=at(24, 5, 1), seen_ms=at(24, 13, 1)
    ),
    OpenSession(id=an_id("ses", "old"), way="", agent="", made_ms=at(24, 4, 0), seen_ms=at(24, 12, 9)),
)
