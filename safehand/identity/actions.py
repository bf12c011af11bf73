"""What can be asked for: kinds of things, and every action on them. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class ResourceKind(StrEnum):
    """What can be asked for; the name of the entity in the policies."""

    CARRIER = "Carrier"
    """The installation itself: for actions that are not about one thing."""
    PARCEL = "Parcel"
    SHIPMENT = "Shipment"
    EXCEPTION = "Exception"
    PARTY = "Party"
    USER = "User"
    KEY = "Key"
    DEVICE = "EnrolledDevice"
    PLACE = "Place"
    DRIVER = "Driver"
    """A driver's record, shifts, and the authority that follows."""


class Action(StrEnum):
    """Everything that can be asked for. Each route declares one."""

    PUBLIC_READ = "public.read"
    """What anybody may see: health, the public log, sign-in forms, the look of the pages."""
    SESSION_OPEN = "session.open"
    SESSION_CLOSE = "session.close"
    SESSION_PROVE = "session.prove"
    """Show once more who sits there, before a sensitive act."""
    ACCOUNT_READ = "account.read"
    """One's own passkeys, sessions and how many recovery codes are left."""
    ACCOUNT_CHANGE = "account.change"
    """One's own ways in: passkeys, recovery codes, the link to the provider."""
    SETUP_USE = "setup.use"
    USER_CREATE = "user.create"
    USER_READ = "user.read"
    USER_DISABLE = "user.disable"
    USER_RESET = "user.reset"
    """Take all of a colleague's ways in away and give a one-time link."""
    USER_LINK = "user.link"
    """Say which account at the provider is a colleague's, or that none is."""
    PASSWORD_CHANGE = "password.change"  # noqa: S105 - the name of an action
    PARTY_CREATE = "party.create"
    PARTY_READ = "party.read"
    DRIVER_ADD = "driver.add"
    """Add a driver to a subcontractor's crew."""
    DRIVER_READ = "driver.read"
    """The record: since when, trained in what, licensed until when."""
    DRIVER_READ_PRIVATE = "driver.read_private"
    """The number on a licence, and the birth date."""
    DRIVER_CHANGE = "driver.change"
    """Engage, release, record licences and skills; needs step-up."""
    AUTHORITY_READ = "authority.read"
    """What a driver may do and carry today."""
    SHIFT_READ = "shift.read"
    SHIFT_SET = "shift.set"
    TRAINING_READ = "training.read"
    """The material of the courses."""
    TRAINING_TAKE = "training.take"
    """A quiz, for oneself; needs step-up."""
    VEHICLE_READ = "vehicle.read"
    VEHICLE_CHANGE = "vehicle.change"
    KEY_CREATE = "key.create"
    KEY_READ = "key.read"
    KEY_ROTATE = "key.rotate"
    KEY_REVOKE = "key.revoke"
    DEVICE_INVITE = "device.invite"
    DEVICE_ENROL = "device.enrol"
    DEVICE_READ = "device.read"
    DEVICE_REPLACE = "device.replace"
    DEVICE_REVOKE = "device.revoke"
    OUTBOX_TELL = "outbox.tell"
    """Hand in what a replaced device had queued."""
    SHIPMENT_CREATE = "shipment.create"
    SHIPMENT_READ = "shipment.read"
    MANIFEST_READ = "manifest.read"
    """A merchant's own; for the carrier's staff everybody's."""
    SERVICE_SET = "service.set"
    """Offer a service, or change what is promised with it from now on."""
    HOME_READ = "home.read"
    """The first page after signing in: it shows what its reader may see."""
    OVERVIEW_READ = "overview.read"
    """The whole carrier's day in figures."""
    DEPOT_READ = "depot.read"
    """The screens of a depot's tablet. What is scanned there is the tablet's own word, as a device."""
    FLOOR_READ = "floor.read"
    """What a depot has to do with: its worklist, its routes with their drivers, load checks, the count at night."""
    ROUTE_ASSIGN = "route.assign"
    """Say who drives which route on which day."""
    RUN_SHEET_READ = "run_sheet.read"
    """A route on paper: the names and addresses of all its stops."""
    PARCEL_FIND = "parcel.find"
    """Look for a parcel by any number, and through the list of those that one may see."""
    PARCEL_READ = "parcel.read"
    """State, custodian, numbers: opaque facts."""
    PARCEL_READ_PRIVATE = "parcel.read_private"
    """The recipient's name and address, contents, value."""
    PARCEL_CANCEL = "parcel.cancel"
    CUSTODY_READ = "custody.read"
    RECEIPT_READ = "receipt.read"
    LABEL_READ = "label.read"
    MISSED_CARD_READ = "missed_card.read"
    """The card for a letterbox: what happened, and where the parcel is now."""
    STATEMENT_TELL = "statement.tell"
    HANDOVER_REQUEST = "handover.request"
    EVIDENCE_ADD = "evidence.add"
    EVIDENCE_READ = "evidence.read"
    SEAL_ISSUE = "seal.issue"
    AGGREGATE_CREATE = "aggregate.create"
    AGGREGATE_READ = "aggregate.read"
    STAGE_SET = "stage.set"
    LINK_READ = "link.read"
    LINK_MAKE = "link.make"
    """Make a recipient's link anew. Whoever has it reads the PIN: only the merchant, who was told the first one."""
    LINK_REVOKE = "link.revoke"
    TRACKING_READ = "tracking.read"
    """State words and the promised day: for anybody who has the number."""
    TRACKING_READ_PRIVATE = "tracking.read_private"
    """The timeline, the PIN, the address: for whoever has the recipient's link."""
    EXCEPTION_READ = "exception.read"
    EXCEPTION_ASSIGN = "exception.assign"
    EXCEPTION_RESOLVE = "exception.resolve"
    EXCEPTION_OVERRIDE = "exception.override"
    EXCEPTION_CORRECT = "exception.correct"
    LIVE_FOLLOW = "live.follow"
    LAG_READ = "lag.read"
    METRICS_READ = "metrics.read"
    JOB_READ = "job.read"
    JOB_RETRY = "job.retry"
    PERSON_FIND = "person.find"
    """Look for the persons that one human is, by mail, phone, name and postcode, or a parcel."""
    PERSON_EXPORT = "person.export"
    """All that is held of a person, in one file; needs step-up."""
    PERSON_ERASE = "person.erase"
    """Forget a person for good; needs step-up."""
    READS_READ = "reads.read"
    """Who looked at a person's data."""
    HOLD_READ = "hold.read"
    HOLD_SET = "hold.set"
    """Place and lift legal holds."""
    RETENTION_READ = "retention.read"
    RETENTION_SET = "retention.set"
    PRIVACY_ASK = "privacy.ask"
    """A recipient asks to get or to lose what is held of them; a person decides."""
    PRIVACY_READ = "privacy.read"
    """What recipients have asked for."""
    PRIVACY_DECIDE = "privacy.decide"
    CALL_VERIFY = "call.verify"
    """Compare what a caller says, and open their parcel for a while."""
    MAP_READ = "map.read"
    """The basemap, which is the same for everybody who may see maps."""
    ADDRESS_FIND = "address.find"
    """Look an address up on the map."""
    ADDRESS_READ = "address.read"
    """The queue of doubtful addresses, and one of them with what is private; that is on record."""
    ADDRESS_CORRECT = "address.correct"
    """Say that an address is doubtful, correct it with the recipient's consent, or leave it as it is."""
    AUDIT_READ = "audit.read"
    """Findings, and who can see what."""
    AUDIT_ANSWER = "audit.answer"
    """Give a finding an owner and a day, answer for it, say that it is mended."""
    PLACE_ADD = "place.add"
    """Add places, one by one or from a file."""
    PLACE_READ = "place.read"
    """Where a place is, when it is open, what it takes, and what it was before."""
    PLACE_CHANGE = "place.change"
    """Tell a place anew: position, hours, sort plan, how a gate is opened."""
    PLACE_SET_DAYS = "place.set_days"
    PLACE_READ_PRIVATE = "place.read_private"
    """How a gate is opened. Needs step-up, and each look is on record."""
    RISK_READ = "risk.read"
    RISK_CONTEST = "risk.contest"
    RISK_DECIDE = "risk.decide"
    RISK_OBJECT = "risk.object"
    """A recipient sees what a rate did to their own parcel, and contests it."""


_KINDS: Mapping[ResourceKind, tuple[Action, ...]] = {
    ResourceKind.PARCEL: (
        Action.PARCEL_READ,
        Action.PARCEL_READ_PRIVATE,
        Action.PARCEL_CANCEL,
        Action.CUSTODY_READ,
        Action.RECEIPT_READ,
        Action.LABEL_READ,
        Action.MISSED_CARD_READ,
        Action.EVIDENCE_READ,
        Action.LINK_READ,
        Action.LINK_MAKE,
        Action.LINK_REVOKE,
        Action.TRACKING_READ,
        Action.TRACKING_READ_PRIVATE,
        Action.PRIVACY_ASK,
        Action.RISK_OBJECT,
    ),
    ResourceKind.SHIPMENT: (Action.SHIPMENT_READ,),
    ResourceKind.EXCEPTION: (
        Action.EXCEPTION_READ,
        Action.EXCEPTION_ASSIGN,
        Action.EXCEPTION_RESOLVE,
        Action.EXCEPTION_OVERRIDE,
        Action.EXCEPTION_CORRECT,
    ),
    ResourceKind.PARTY: (
        Action.PARTY_READ,
        Action.DRIVER_ADD,
        Action.AGGREGATE_CREATE,
        Action.FLOOR_READ,
        Action.ROUTE_ASSIGN,
        Action.RUN_SHEET_READ,
        Action.KEY_CREATE,
        Action.KEY_READ,
        Action.DEVICE_INVITE,
    ),
    ResourceKind.USER: (Action.USER_READ, Action.USER_DISABLE, Action.USER_RESET, Action.USER_LINK),
    ResourceKind.KEY: (Action.KEY_ROTATE, Action.KEY_REVOKE),
    ResourceKind.DEVICE: (Action.DEVICE_READ, Action.DEVICE_REPLACE, Action.DEVICE_REVOKE, Action.OUTBOX_TELL),
    ResourceKind.PLACE: (Action.PLACE_READ, Action.PLACE_CHANGE, Action.PLACE_SET_DAYS, Action.PLACE_READ_PRIVATE),
    ResourceKind.DRIVER: (
        Action.DRIVER_READ,
        Action.DRIVER_READ_PRIVATE,
        Action.DRIVER_CHANGE,
        Action.AUTHORITY_READ,
        Action.SHIFT_READ,
        Action.SHIFT_SET,
    ),
}

KIND_OF: Mapping[Action, ResourceKind] = MappingProxyType(
    dict.fromkeys(Action, ResourceKind.CARRIER) | {act: kind for kind, acts in _KINDS.items() for act in acts}
)
"""What kind of resource each action is about."""

SEEING: Mapping[ResourceKind, Action] = MappingProxyType(
    {
        ResourceKind.PARCEL: Action.PARCEL_READ,
        ResourceKind.SHIPMENT: Action.SHIPMENT_READ,
        ResourceKind.EXCEPTION: Action.EXCEPTION_READ,
        ResourceKind.PARTY: Action.PARTY_READ,
        ResourceKind.USER: Action.USER_READ,
        ResourceKind.DEVICE: Action.DEVICE_READ,
        ResourceKind.PLACE: Action.PLACE_READ,
        ResourceKind.DRIVER: Action.AUTHORITY_READ,
    }
)
"""The action that lets somebody know that the thing exists: without it a refusal looks like `not found`."""
