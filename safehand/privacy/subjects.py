"""Subjects: the persons that one human is. The vault has one a shipment, so whoever asks for theirs may mean many.

The desk shows what agrees and leaves the choice to whoever asks: a phone is shared by a family, a name by strangers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from safehand.identity.actions import Action
from safehand.identity.model import Principal
from safehand.identity.reads import Read, note_reads
from safehand.kernel.clock import Clock
from safehand.kernel.ids import PersonId
from safehand.parcels.commands import ParcelsDesk
from safehand.parcels.model import Recipient
from safehand.privacy.errors import NoClue
from safehand.store.database import Store, Tx
from safehand.vault.clues import Clue, ClueKind, folded, mail_clue, name_clue, phone_clue

CANDIDATES_MAX = 2_000
TRACKING_MAX = 50
"""Parcels named of one candidate: a shipment's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """By what somebody is looked for. With `number` it is whoever that parcel is for."""

    mail: str | None = None
    phone: str | None = None
    country: str = ""
    name: str | None = None
    postal_code: str | None = None
    number: str | None = None

    def clues(self) -> list[Clue]:
        """As the vault looks them up."""
        found = [
            mail_clue(self.mail) if self.mail else None,
            phone_clue(self.phone, self.country) if self.phone else None,
            name_clue(self.name, self.postal_code) if self.name and self.postal_code else None,
        ]
        return [clue for clue in found if clue is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A person that something agrees with.

    `same` says that this is taken for the human that was looked for: the name agrees, and something else besides.
    """

    person: PersonId
    agrees: tuple[ClueKind, ...]
    same: bool
    name: str
    postal_code: str
    city: str
    tracking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subjects:
    """Finds the persons that one human is; each one that is opened leaves a read."""

    store: Store
    parcels: ParcelsDesk
    clock: Clock

    async def find(self, me: Principal, asked: Asked, why: str | None = None) -> list[Candidate]:
        """Everybody whom the clues fit, newest first.

        Errors
            NoClue  nothing to look for, or nothing left of whom the parcel was for.
            NoSuchNumber, and what `read_number` refuses.
        """
        async with self.store.transaction() as tx:
            clues, name = asked.clues(), asked.name
            if asked.number:
                known = await self.parcels.disclose(
                    tx, await self.parcels.find(tx, asked.number), me, Action.PERSON_FIND
                )
                if known is not None:
                    clues, name = [*clues, *known.recipient.clues()], known.recipient.name
            if not clues:
                raise NoClue()
            return await self._candidates(tx, me, list(dict.fromkeys(clues)), name, why)

    async def _candidates(
        self, tx: Tx, me: Principal, clues: Sequence[Clue], name: str | None, why: str | None
    ) -> list[Candidate]:
        hits = list(await self.parcels.lookups.find(tx, clues))[:CANDIDATES_MAX]
        now_ms = self.clock.now_ms()
        await note_reads(tx, [Read(me, Action.PERSON_FIND, person, None, why) for person in hits], now_ms)
        rows = await tx.fetch(
            "SELECT s.recipient, s.body, array_agg(p.tracking ORDER BY p.parcel) AS tracking"
            " FROM shipments s JOIN parcels p USING (shipment) WHERE s.recipient = ANY($1)"
            " GROUP BY s.recipient, s.body ORDER BY s.recipient DESC",
            hits,
        )
        bodies = await self.parcels.vault.get_many(tx, [row["body"] for row in rows])
        found = []
        for row in rows:
            body = bodies.get(row["body"])
            if body is None:
                continue
            who = msgspec.json.decode(body, type=Recipient)
            # The table holds short hashes: what agrees is decided by what the vault says.
            agrees = [clue for clue in who.clues() if clue in clues]
            if agrees:
                found.append(_candidate(row["recipient"], who, agrees, name, row["tracking"]))
        return found


def _candidate(
    person: PersonId, who: Recipient, agrees: Sequence[Clue], name: str | None, tracking: Sequence[str]
) -> Candidate:
    kinds = tuple(clue.kind for clue in agrees)
    named = name is not None and sorted(folded(name).split()) == sorted(folded(who.name).split())
    return Candidate(
        person=person,
        agrees=kinds,
        same=named and bool({ClueKind.MAIL, ClueKind.PHONE} & set(kinds)),
        name=who.name,
        postal_code=who.postal_code,
        city=who.city,
        tracking=tuple(tracking[:TRACKING_MAX]),
    )
