"""What custody refuses. A statement is never refused: these answer requests."""

from safehand.events.vocabulary import ExceptionKind
from safehand.kernel.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable


class NoSuchParcel(NotFound):
    """No parcel of that number, or none that the asker may see."""

    code = "custody.no_such_parcel"

    def __init__(self, parcel: str) -> None:
        super().__init__(parcel=parcel)


class NoSuchException(NotFound):
    """No exception of that id on a parcel that the asker may see."""

    code = "custody.no_such_exception"

    def __init__(self, exception: str) -> None:
        super().__init__(exception=exception)


class ExceptionClosed(Conflict):
    """Somebody has resolved the exception: what was decided stands."""

    code = "custody.exception_closed"

    def __init__(self, exception: str) -> None:
        super().__init__(exception=exception)


class Contradiction(Conflict):
    """The request contradicts the record: told as a statement, it would open an exception."""

    code = "custody.contradiction"

    def __init__(self, kind: ExceptionKind, recorded: str | None, told: str | None) -> None:
        super().__init__(kind=kind, recorded=recorded, told=told)


class SequenceUsed(Conflict):
    """The device has used this sequence number for another statement."""

    code = "custody.sequence_used"

    def __init__(self, device: str, sequence: int) -> None:
        super().__init__(device=device, sequence=sequence)


class NotCancellable(Conflict):
    """The parcel has left the merchant's hands, or its way has ended."""

    code = "custody.not_cancellable"

    def __init__(self, parcel: str, state: str) -> None:
        super().__init__(parcel=parcel, state=state)


class NotASealException(Invalid):
    """Only an exception about a seal can be overridden by reading the seal again."""

    code = "custody.not_a_seal_exception"

    def __init__(self, exception: str, kind: str) -> None:
        super().__init__(exception=exception, kind=kind)


class SealAlreadyUsed(Conflict):
    """The serial belongs to another parcel."""

    code = "custody.seal_already_used"

    def __init__(self, seal: str, parcel: str) -> None:
        super().__init__(seal=seal, parcel=parcel)


class CustodianUnchanged(Conflict):
    """The correction names whom the record names already."""

    code = "custody.custodian_unchanged"

    def __init__(self, parcel: str, custodian: str) -> None:
        super().__init__(parcel=parcel, custodian=custodian)


class ContentsChanged(Unavailable):
    """A cage or bag was packed by others while it was looked at, again and again; the same again may succeed."""

    code = "custody.contents_changed"
    retry_after_s = 1

    def __init__(self, aggregate: str) -> None:
        super().__init__(aggregate=aggregate)


class NoSuchAggregate(NotFound):
    """No cage, bag or pallet of that number, or none that the asker may see."""

    code = "custody.no_such_aggregate"

    def __init__(self, number: str) -> None:
        super().__init__(number=number)


class NotADepot(Invalid):
    """Cages of ours are put to use at depots."""

    code = "custody.not_a_depot"

    def __init__(self, party: str, kind: str) -> None:
        super().__init__(party=party, kind=kind)


class AggregateNumberTaken(Conflict):
    """Another cage or a parcel bears the SSCC, or did within a year."""

    code = "custody.aggregate_number_taken"

    def __init__(self, sscc: str) -> None:
        super().__init__(sscc=sscc)


class TooManyInside(TooLarge):
    """More parcels than one cage, bag or pallet can hold on record."""

    code = "custody.too_many_inside"

    def __init__(self, count: int, limit: int) -> None:
        super().__init__(count=count, limit=limit)


class NotPackable(Conflict):
    """The parcel cannot be in the cage or bag: somebody else holds it, it lies in another, its way has ended."""

    code = "custody.not_packable"

    def __init__(self, parcel: str, why: str) -> None:
        super().__init__(parcel=parcel, why=why)
