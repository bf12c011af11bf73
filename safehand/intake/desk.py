"""The intake desk: verifies a batch's signatures together, stores it, and answers item by item."""

from collections.abc import Sequence
from dataclasses import dataclass

from safehand.custody.commands import CustodyDesk
from safehand.custody.ports import Arrival
from safehand.custody.statements import Answer, SetAside
from safehand.identity.signatures import Signed, verify_batch
from safehand.intake.batch import Item, Sender, arrival_of, claim_of, split, unverified
from safehand.intake.errors import StatementUnreadable


@dataclass(frozen=True, slots=True)
class IntakeDesk:
    """Takes what one device sends."""

    custody: CustodyDesk

    async def take(self, items: Sequence[Item], sender: Sender, public_key: bytes) -> list[Answer]:
        """Store a batch; the answers are in the order of the items.

        Errors
            Unavailable  the database is gone: nothing of the batch is acknowledged.
        """
        found = await self._read(items, sender, public_key)
        arrivals = [(place, one) for place, one in enumerate(found) if isinstance(one, Arrival)]
        stored = await self.custody.record([arrival for _, arrival in arrivals])
        answers = dict(zip((place for place, _ in arrivals), stored, strict=True))
        for place, one in enumerate(found):
            if isinstance(one, SetAside):
                answers[place] = await self.custody.set_aside(one)
        return [answers[place] for place in range(len(found))]

    async def ask(self, item: Item, sender: Sender, public_key: bytes) -> Answer:
        """One statement as a request: refused if it contradicts the record.

        Errors
            StatementUnreadable  it is no statement of this device.
            Contradiction, SequenceUsed, NoSuchParcel  from custody.
        """
        found = (await self._read([item], sender, public_key))[0]
        if isinstance(found, SetAside):
            raise StatementUnreadable(found.why)
        return await self.custody.request(found)

    async def _read(self, items: Sequence[Item], sender: Sender, public_key: bytes) -> list[Arrival | SetAside]:
        found = [claim_of(item, sender) for item in items]
        claims = split(found)
        checks = await verify_batch([Signed(public_key, claim.raw, claim.signature) for _, claim in claims])
        verified = {place: ok for (place, _), ok in zip(claims, checks, strict=True)}
        return [
            one
            if isinstance(one, SetAside)
            else (arrival_of(one, sender) if verified[place] else unverified(one, sender))
            for place, one in enumerate(found)
        ]
