"""Carrying: a driver who took what he or she may not carry is told of. Custody follows the hands all the same."""

import hashlib

from safehand.custody.head import is_aggregate
from safehand.custody.model import Barred
from safehand.custody.ports import Carriers
from safehand.custody.sitting import Sitting
from safehand.events.custody import CustodyTransferred, ExceptionOpened
from safehand.events.vocabulary import ExceptionKind
from safehand.kernel.ids import EXCEPTION, ExceptionId, derived_id
from safehand.store.database import Tx


async def note_unauthorised(tx: Tx, carriers: Carriers, desk: Sitting) -> None:
    """Open one exception for each change of hands in a sitting whose taker may not carry the parcel.

    Of all that took effect, also what had waited for somebody else's word: the order of telling hides nothing.
    What lies in a cage is judged parcel by parcel; recipients and merchants may have what is theirs.
    """
    moved = [(hash, fact) for hash, fact in desk.transfers() if not is_aggregate(fact.parcel) and _carried(desk, fact)]
    if not moved:
        return
    cases = dict.fromkeys((fact.parcel, fact.taker) for _, fact in moved)
    barred = await carriers.bars(tx, [*cases])
    for hash, fact in moved:
        if (why := barred.get((fact.parcel, fact.taker))) is not None:
            desk.add(hash, _opened(fact, why))


def _carried(desk: Sitting, fact: CustodyTransferred) -> bool:
    head = desk.heads[fact.parcel]
    return fact.taker not in {head.recipient, head.merchant}


def _opened(fact: CustodyTransferred, barred: Barred) -> ExceptionOpened:
    about = "\n".join((ExceptionKind.UNAUTHORISED, fact.parcel, fact.handover))
    return ExceptionOpened(
        at_ms=fact.at_ms,
        received_ms=fact.received_ms,
        cause=fact.cause,
        device=fact.device,
        sequence=fact.sequence,
        exception=ExceptionId(derived_id(EXCEPTION, hashlib.sha256(about.encode("ascii")).digest())),
        parcel=fact.parcel,
        kind=ExceptionKind.UNAUTHORISED,
        recorded=barred.asks,
        told=barred.lacks,
        handover=fact.handover,
        place=fact.place,
    )
