"""The closed lists that events, statements and pages share. A word is added, never renamed."""

from enum import StrEnum


class State(StrEnum):
    """Where a parcel stands on its way."""

    CREATED = "created"
    RECEIVED = "received"
    SORTED = "sorted"
    LOADED = "loaded"
    OUT_FOR_DELIVERY = "out_for_delivery"
    OFFERED = "offered"
    DELIVERED = "delivered"
    ATTEMPTED = "attempted"
    HELD = "held"
    REFUSED = "refused"
    DAMAGED = "damaged"
    AWAITING_COLLECTION = "awaiting_collection"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    LOST = "lost"
    FOUND = "found"


class ReasonFamily(StrEnum):
    """On whose side a reason lies."""

    CARRIER = "carrier"
    CONSIGNEE = "consignee"
    RETAILER = "retailer"


class Reason(StrEnum):
    """Why a parcel is not where it was meant to be. The part before the point is its family."""

    CARRIER_NO_TIME = "carrier.no_time"
    CARRIER_VEHICLE = "carrier.vehicle"
    CARRIER_WEATHER = "carrier.weather"
    CARRIER_MISSORTED = "carrier.missorted"
    CARRIER_DAMAGED = "carrier.damaged"
    CARRIER_ADDRESS_NOT_FOUND = "carrier.address_not_found"
    CARRIER_INVESTIGATION = "carrier.investigation"
    CONSIGNEE_ABSENT = "consignee.absent"
    CONSIGNEE_NO_ACCESS = "consignee.no_access"
    CONSIGNEE_REFUSED = "consignee.refused"
    CONSIGNEE_WRONG_ADDRESS = "consignee.wrong_address"
    CONSIGNEE_WISH = "consignee.wish"
    CONSIGNEE_NOT_COLLECTED = "consignee.not_collected"
    CONSIGNEE_NO_PIN = "consignee.no_pin"
    RETAILER_CANCELLED = "retailer.cancelled"
    RETAILER_ADDRESS_INCOMPLETE = "retailer.address_incomplete"
    RETAILER_PACKAGING = "retailer.packaging"
    RETAILER_RECALL = "retailer.recall"

    @property
    def family(self) -> ReasonFamily:
        """The family that the reason belongs to."""
        return ReasonFamily(self.value.partition(".")[0])


class Way(StrEnum):
    """How a parcel changes hands."""

    DEVICES = "devices"
    """Both sides sign with their devices."""
    COUNTER = "counter"
    """Over a counter or ramp, with a person or a company that has no device: the device on our side signs."""
    PIN = "pin"
    DRAWING = "drawing"
    PHOTO = "photo"
    """In person; the evidence is a photo of the handover."""
    SAFE_PLACE = "safe_place"
    """Left, by the recipient's consent, at a place named beforehand, with a photo."""


class Evidence(StrEnum):
    """What a person without a device leaves behind. Evidence is never called a signature."""

    PIN = "pin"
    DRAWING = "drawing"
    PHOTO = "photo"


class Side(StrEnum):
    """Who tells of a handover."""

    GIVER = "giver"
    TAKER = "taker"


class AggregateKind(StrEnum):
    """What holds parcels that move in one handover."""

    CAGE = "cage"
    BAG = "bag"
    PALLET = "pallet"


class ExceptionKind(StrEnum):
    """What does not fit. Every kind names the two facts that disagree."""

    FORK = "fork"
    """Two handovers continue from the same one."""
    NOT_CUSTODIAN = "not_custodian"
    """The giver is not whom the ledger names."""
    SEAL_MISMATCH = "seal_mismatch"
    """The seal that was read is not the one on record."""
    SEAL_REUSED = "seal_reused"
    """The serial was put on another parcel before."""
    SEAL_UNISSUED = "seal_unissued"
    """The serial was never issued to anybody."""
    SEAL_MISSING = "seal_missing"
    """The policy asks for a seal, and none was read."""
    UNKNOWN_AFTER = "unknown_after"
    """The handover continues from one that we do not know, after the wait for it has passed."""
    SEQUENCE_REUSED = "sequence_reused"
    """A device used one sequence number for two statements: a clone, or a broken phone."""
    LATE_FROM_RETIRED = "late_from_retired"
    """Told after another device had taken the place of the one that signed it."""
    EVIDENCE_MISSING = "evidence_missing"
    """The way asks for evidence that the statement does not bring."""
    PIN_MISMATCH = "pin_mismatch"
    """The PIN typed at the door is not the recipient's."""
    AFTER_END = "after_end"
    """Told after the parcel's way had ended."""
    OFF_COURSE = "off_course"
    """A state that cannot follow the state on record."""
    REPORTED = "reported"
    """A person says that something is wrong: damage, loss, a wrong parcel."""
    SHORT = "short"
    """It was to be there and is not."""
    OVER = "over"
    """It is there and was not to be."""
    UNLABELLED = "unlabelled"
    """It bore no label that could be read; it was found by other signs and gets a new one."""
    OVERWEIGHT = "overweight"
    """It weighs more than was declared."""
    WEIGHT_DIFFERS = "weight_differs"
    """It weighs less than was declared, or not what it weighed before."""
    OVERSIZE = "oversize"
    """It is larger than was declared."""
    TAMPERED = "tampered"
    """Somebody opened it, or tried to."""
    MISSORT = "missort"
    """It lies where another route's parcels lie."""
    NOT_PACKED = "not_packed"
    """It was told to be in a cage or bag that cannot hold it by the record."""
    TAKEN_FROM_CLOSED = "taken_from_closed"
    """It is out of a cage or bag that is closed by the record."""
    TWO_AGGREGATES = "two_aggregates"
    """It was told to be in two cages or bags at one time."""
    FOUND_OPEN = "found_open"
    """A cage or bag that is closed by the record stood open."""
    STALLED = "stalled"
    """It has not moved for longer than its stage allows."""
    UNAUTHORISED = "unauthorised"
    """A driver took it who may not carry it by training, tenure or licence."""
    CLOCK_JUMPED = "clock_jumped"
    """The device's clock is far from ours: when it says that something happened is not believed."""


AT_REST = frozenset({State.DELIVERED, State.RETURNED, State.CANCELLED})
"""States of a parcel that nobody of ours has anything to do with any more, unless he holds it."""
REPORTABLE = frozenset(
    {
        ExceptionKind.SHORT,
        ExceptionKind.OVER,
        ExceptionKind.UNLABELLED,
        ExceptionKind.OVERWEIGHT,
        ExceptionKind.TAMPERED,
        ExceptionKind.MISSORT,
    }
)
"""What a person may report by its name; anything else is `reported`."""


class NotPacked(StrEnum):
    """Why a parcel cannot be in a cage or bag by the record."""

    ELSEWHERE = "elsewhere"
    """Another party holds the one than the other."""
    CLOSED = "closed"
    FULL = "full"
    NESTED = "nested"
    """It is a cage or bag itself."""
    ENDED = "ended"
    """The parcel's way has ended."""


class Demand(StrEnum):
    """What a parcel asks of the driver who carries it."""

    CARRY = "carry"
    """What every parcel asks: somebody engaged and trained."""
    VALUE = "value"
    SEALED = "sealed"
    DANGEROUS_GOODS = "dangerous_goods"
    AGE_CHECK = "age_check"
    CASH = "cash"


class ExceptionState(StrEnum):
    """How far an exception has come."""

    OPEN = "open"
    ASSIGNED = "assigned"
    RESOLVED = "resolved"


class Resolution(StrEnum):
    """How a person closed an exception."""

    CORRECTED = "corrected"
    """A correction was recorded as a new fact."""
    CONFIRMED = "confirmed"
    """It is as the exception says; a claim or an investigation goes on elsewhere."""
    EXPLAINED = "explained"
    """The two facts agree after all."""
    OVERRIDDEN = "overridden"
    """A supervisor read the seal again and accepted the parcel."""


class LicenceClass(StrEnum):
    """What a driving licence is good for.

    Directive 2006/126/EC, article 4, as far as goods are carried; ADR: the certificate of 8.2.1 ADR.
    """

    AM = "AM"
    A1 = "A1"
    A = "A"
    B = "B"
    BE = "BE"
    C1 = "C1"
    C1E = "C1E"
    C = "C"
    CE = "CE"
    ADR = "ADR"


class Skill(StrEnum):
    """What a driver can do beyond driving."""

    TAIL_LIFT = "tail_lift"
    TWO_PERSON_LIFT = "two_person_lift"
    COLD_CHAIN = "cold_chain"
    CARGO_BICYCLE = "cargo_bicycle"
    SIGN_LANGUAGE = "sign_language"
    FIRST_AID = "first_aid"
