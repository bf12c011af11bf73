"""What goes wrong on purpose. Each act writes down what must follow from it, and what was answered instead."""

from dataclasses import replace

import httpx

from safehand.demo.book import QUARANTINED, Book
from safehand.demo.device import DeviceKey, SignedStatement
from safehand.demo.errors import Unexpected
from safehand.demo.phone import Answered, Phone
from safehand.demo.plan import Trouble
from safehand.demo.world import Box, Consignment
from safehand.events.vocabulary import State, Way

SWAPPED_SEAL = "S0000000000"
"""What the thief had at hand."""


def swap_seal(book: Book, box: Box) -> None:
    """Open the parcel on the way and close it with another seal."""
    box.seal = SWAPPED_SEAL
    _expect(book, box, Trouble.SEAL_SWAPPED)


def mistyped(book: Book, box: Box, pin: str) -> str:
    """The PIN with its last digit wrong."""
    _expect(book, box, Trouble.WRONG_PIN)
    return pin[:-1] + str((int(pin[-1]) + 1) % 10)


async def claim_too(book: Book, rival: Phone, held: Consignment, at_ms: int) -> None:
    """Sign for a parcel that the depot has just given to somebody else."""
    claimed = rival.hand_over(
        held.box.parcel,
        at_ms,
        after=held.after,
        giver=held.holder,
        taker=rival.party,
        way=Way.DEVICES,
        state=State.LOADED,
        seal=held.box.seal,
    )
    _expect(book, held.box, Trouble.TWO_CLAIMS)
    await rival.flush()
    _check(book, Trouble.TWO_CLAIMS, book.answers[claimed.hash])


async def replay(book: Book, phone: Phone, copied: SignedStatement) -> None:
    """Post a copied statement once more."""
    answered = (await phone.post([copied]))[0]
    book.check(answered.outcome == "duplicate", f"{copied.hash}: replayed, and {answered.outcome}")


async def clone(book: Book, phone: Phone, box: Box, at_ms: int) -> None:
    """A copy of the phone tells another story under the number that the phone used last."""
    copy = replace(phone, sequence=phone.sequence - 1, outbox=[])
    copy.scan(box.parcel, at_ms, State.LOST)
    _expect(book, box, Trouble.CLONED)
    _check(book, Trouble.CLONED, (await copy.flush())[0])


async def forge(book: Book, phone: Phone, held: Consignment, at_ms: int) -> None:
    """Slip a delivery that never was into what the phone posts: in its name, signed by another key."""
    forger = replace(phone, key=DeviceKey.fresh(), sequence=phone.sequence + 1000, outbox=[])
    forged = forger.hand_over(
        held.box.parcel,
        at_ms,
        after=held.after,
        giver=held.holder,
        taker=held.recipient,
        way=Way.PHOTO,
        state=State.DELIVERED,
        seal=held.box.seal,
    )
    book.to_set_aside.add(forged.hash)
    answered = (await forger.flush())[0]
    book.check(answered.outcome == QUARANTINED, f"{forged.hash}: forged, and {answered.outcome}")


async def use_revoked(book: Book, lost: Phone, held: Consignment, at_ms: int) -> None:
    """Tell of a delivery with a phone that was reported lost."""
    lost.hand_over(
        held.box.parcel,
        at_ms,
        after=held.after,
        giver=held.holder,
        taker=held.recipient,
        way=Way.PIN,
        state=State.DELIVERED,
        seal=held.box.seal,
    )
    answered = httpx.codes.OK
    try:
        await lost.flush()
    except Unexpected as refused:
        answered = httpx.codes(int(refused.params["answered"] or 0))
    book.check(answered == httpx.codes.FORBIDDEN, f"{lost.device}: revoked, and answered {answered}")


def _expect(book: Book, box: Box, trouble: Trouble) -> None:
    if trouble.kind is not None:
        book.expect(box.parcel, trouble.kind)


def _check(book: Book, trouble: Trouble, answered: Answered) -> None:
    """The answer itself names the exception that the statement opened."""
    book.check(
        answered.exceptions == (trouble.kind,),
        f"{answered.sent.hash}: {trouble.word}, answered with {answered.exceptions or answered.outcome}",
    )
