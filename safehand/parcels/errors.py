"""What the parcels desk refuses."""

from typing import TYPE_CHECKING

from safehand.kernel.errors import Conflict, Invalid, NotFound

if TYPE_CHECKING:
    from safehand.parcels.manifest import Report


class NoSuchShipment(NotFound):
    """No shipment of that id, or none that the asker may see."""

    code = "parcels.no_such_shipment"

    def __init__(self, shipment: str) -> None:
        super().__init__(shipment=shipment)


class NoSuchNumber(NotFound):
    """No parcel of that number, or none that the asker may see."""

    code = "parcels.no_such_number"

    def __init__(self, number: str) -> None:
        super().__init__(number=number)


class IdempotencyKeyMissing(Invalid):
    """A shipment is created under a key of the merchant's choice, so that a repeat makes no second one."""

    code = "parcels.idempotency_key_missing"

    def __init__(self) -> None:
        super().__init__()


class CallerUnverified(Invalid):
    """Something that the caller said does not fit the parcel, or nobody has that number; it is not said what."""

    code = "parcels.caller_unverified"

    def __init__(self) -> None:
        super().__init__()


class RecipientErased(Conflict):
    """The recipient's data was erased: nobody knows any more where the parcel goes."""

    code = "parcels.recipient_erased"

    def __init__(self, tracking: str) -> None:
        super().__init__(tracking=tracking)


class NumberTaken(Conflict):
    """Another parcel bears the number that this one brings along."""

    code = "parcels.number_taken"

    def __init__(self, number: str) -> None:
        super().__init__(number=number)


class NoSuchService(Invalid):
    """No service has that code."""

    code = "parcels.no_such_service"

    def __init__(self, service: str) -> None:
        super().__init__(service=service)


class ServiceNotOffered(Invalid):
    """The service is not offered any more; what was sent with it keeps its promises."""

    code = "parcels.service_not_offered"

    def __init__(self, service: str) -> None:
        super().__init__(service=service)


class BadService(Invalid):
    """A field of a service is out of its bounds."""

    code = "parcels.bad_service"

    def __init__(self, field: str, wanted: str) -> None:
        super().__init__(field=field, wanted=wanted)


class NoSuchManifest(NotFound):
    """No manifest of that id, or none that the asker may see."""

    code = "parcels.no_such_manifest"

    def __init__(self, manifest: str) -> None:
        super().__init__(manifest=manifest)


class ManifestUnreadable(Invalid):
    """The body of the request is no manifest: not JSON, not an object, or cut off."""

    code = "parcels.manifest_unreadable"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


class ManifestIncomplete(Invalid):
    """The manifest has not as many shipments as its sender counted."""

    code = "parcels.manifest_incomplete"

    def __init__(self, counted: int, found: int) -> None:
        super().__init__(counted=counted, found=found)


class ManifestRefused(Invalid):
    """All or nothing was asked for, and some rows are refused: nothing was taken. `report` says which and why."""

    code = "parcels.manifest_refused"

    def __init__(self, report: "Report") -> None:
        self.report = report
        super().__init__(refused=report.refused)


class ManifestUncounted(Invalid):
    """A manifest in CSV comes with `count`, the number of its lines of parcels: half a file looks like a whole one."""

    code = "parcels.manifest_uncounted"

    def __init__(self) -> None:
        super().__init__()


class RowWithoutKey(Invalid):
    """A row of a manifest has neither reference nor number: told again, it would make a second parcel."""

    code = "parcels.row_without_key"

    def __init__(self) -> None:
        super().__init__()


class RowRepeated(Invalid):
    """A row of a manifest has the reference or a number of an earlier one. `wanted` is the number of that row."""

    code = "parcels.row_repeated"

    def __init__(self, wanted: int) -> None:
        super().__init__(wanted=wanted)


class CageTaken(Conflict):
    """The cage or bag that a parcel is said to come in was declared in another call, or a parcel bears its number."""

    code = "parcels.cage_taken"

    def __init__(self, wanted: str) -> None:
        super().__init__(wanted=wanted)


class CageTooFull(Invalid):
    """More parcels are said to come in one cage or bag than one holds."""

    code = "parcels.cage_too_full"

    def __init__(self, wanted: int) -> None:
        super().__init__(wanted=wanted)
