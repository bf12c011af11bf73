"""What the parcels desk refuses."""

from safehand.kernel.errors import Conflict, Invalid, NotFound


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
