"""Erasure: a person is forgotten, here and in every copy of the database that is ever restored.

The order is what makes it certain: the journal outside the database first, then one transaction that deletes the data
key, then the sealed files. Whatever is interrupted after the journal's line is done again at the next start, before
anybody is served.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from safehand.events.vocabulary import State
from safehand.kernel.clock import Clock
from safehand.kernel.ids import PersonId
from safehand.privacy.errors import JournalBehind, NotARecipient, NotYetApplied, StillOnTheWay, TooManyPersons
from safehand.privacy.journal import PERSONS_MAX, Head, Journal
from safehand.store.blobs import Blobs
from safehand.store.database import Store, Tx
from safehand.vault.errors import NoSuchPerson
from safehand.vault.vault import Vault

ENDED = (State.DELIVERED, State.CANCELLED, State.RETURNED, State.LOST)
"""Where a parcel needs its address no more."""
STILL_MS = 90 * 86_400_000
"""A parcel that nothing was heard of for so long keeps nobody from being forgotten."""
FILES_AT_ONCE, FILES_MAX = 16, 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Erasures:
    """Forgets persons, and sees to it that they stay forgotten."""

    store: Store
    vault: Vault
    blobs: Blobs
    journal: Journal
    clock: Clock

    async def erase(self, persons: Sequence[PersonId], by: str) -> int:
        """Forget these persons, all or none; how many had not been forgotten before.

        Shapes
            by  the id of whoever decides it, or `command line`.
        Errors
            TooManyPersons, NoSuchPerson
            NotARecipient   one of them works for the carrier.
            StillOnTheWay   a parcel of theirs is not at its end.
            HeldBack        a legal hold keeps one of them.
            JournalUnusable  nothing was erased.
        """
        persons = sorted(set(persons))
        if len(persons) > PERSONS_MAX:
            raise TooManyPersons(count=len(persons), limit=PERSONS_MAX)
        now_ms = self.clock.now_ms()
        await self.reapply()
        async with self.store.transaction() as tx:
            known = await self._mark(tx)
            await _refuse_staff(tx, persons)
            await _refuse_on_the_way(tx, persons, now_ms)
            done = await self.vault.erase_many(tx, persons, now_ms)
            missing = sorted(set(persons) - done.keys())
            if missing:
                raise NoSuchPerson(person=missing[0])
            fresh = [person for person in persons if done[person]]
            if fresh:
                await _unlink(tx, fresh, now_ms)
                # From here on it will happen, whatever happens to us.
                await _note(tx, await asyncio.to_thread(self.journal.append, fresh, by, now_ms, known=known))
        await self.clear_files()
        log.info("erasure.done", count=len(fresh))
        return len(fresh)

    async def reapply(self) -> int:
        """Do again what the journal holds and this database has not seen; how many erasures that were.

        To be called after a restore and at every start, before anybody is served. Holds do not keep back what took
        effect once. Again is harmless.

        Errors
            JournalBehind    it is not this database's journal.
            JournalUnusable  it cannot be read.
        """
        async with self.store.transaction() as tx:
            known = await self._mark(tx)
        lines = await asyncio.to_thread(self.journal.read, known)
        for line in lines:
            async with self.store.transaction() as tx:
                if await self._mark(tx) != line.number - 1:
                    continue  # another process was quicker
                persons = [PersonId(person) for person in line.persons]  # type: ignore[arg-type]  # checked when read
                done = await self.vault.erase_many(tx, persons, line.at_ms, held_too=True)
                await _unlink(tx, list(done), line.at_ms)
                head = await asyncio.to_thread(self.journal.head, line.number)
                await _note(tx, head)
        await self.clear_files()
        if lines:
            log.warning("erasure.reapplied", count=len(lines))
        return len(lines)

    async def refuse_unless_applied(self) -> None:
        """Return if this database has seen every erasure of the journal: the last question before it serves.

        Errors
            NotYetApplied, JournalBehind, JournalUnusable
        """
        async with self.store.transaction() as tx:
            known = await self._mark(tx)
        left = await asyncio.to_thread(self.journal.read, known)
        if left:
            raise NotYetApplied(count=len(left), path=str(self.journal.path))

    async def clear_files(self) -> int:
        """Remove the sealed files of persons who were forgotten; how many. They open no more in any case."""
        cleared = 0
        while True:
            async with self.store.transaction() as tx:
                rows = await tx.fetch(
                    "SELECT e.parcel, e.sha256, e.blob FROM vault_persons v"
                    " JOIN shipments s ON s.recipient = v.person JOIN parcels p USING (shipment)"
                    " JOIN evidence_files e USING (parcel) WHERE v.erased_ms IS NOT NULL LIMIT $1",
                    FILES_MAX,
                )
            if not rows:
                return cleared
            names = [row["blob"] for row in rows]
            for start in range(0, len(names), FILES_AT_ONCE):
                await asyncio.gather(*(self.blobs.delete(name) for name in names[start : start + FILES_AT_ONCE]))
            async with self.store.transaction() as tx:
                cleared += await tx.run("DELETE FROM evidence_files WHERE blob = ANY($1)", names)

    async def _mark(self, tx: Tx) -> int:
        """How many of the journal's erasures this database has seen; the row stays locked until the transaction ends.

        Errors
            JournalBehind  the journal has another name, fewer lines, or other lines.
        """
        rows = await tx.fetch("SELECT journal, applied, last FROM erasure_journal FOR UPDATE")
        if not rows:
            first = await asyncio.to_thread(self.journal.open, self.clock.now_ms())
            begun = await asyncio.to_thread(self.journal.head, 0)
            await tx.run(
                "INSERT INTO erasure_journal (one, journal, applied, last) VALUES (true, $1, 0, $2)"
                " ON CONFLICT DO NOTHING",
                first.journal,
                begun.last,
            )
            rows = await tx.fetch("SELECT journal, applied, last FROM erasure_journal FOR UPDATE")
        [row] = rows
        head = await asyncio.to_thread(self.journal.head, row["applied"])
        if (head.journal, head.count, head.last) != (row["journal"], row["applied"], row["last"]):
            raise JournalBehind(known=row["applied"], journal=head.count, path=str(self.journal.path))
        return int(row["applied"])


async def _refuse_staff(tx: Tx, persons: Sequence[PersonId]) -> None:
    rows = await tx.fetch(
        "SELECT person FROM users WHERE person = ANY($1) UNION SELECT person FROM parties WHERE person = ANY($1)",
        list(persons),
    )
    if rows:
        raise NotARecipient(person=rows[0]["person"])


async def _refuse_on_the_way(tx: Tx, persons: Sequence[PersonId], now_ms: int) -> None:
    rows = await tx.fetch(
        "SELECT p.tracking, coalesce(h.state, 'created') AS state"
        " FROM shipments s JOIN parcels p USING (shipment) LEFT JOIN holdings h USING (parcel)"
        " WHERE s.recipient = ANY($1) AND coalesce(h.state, 'created') <> ALL($2)"
        " AND coalesce(h.state_ms, s.created_ms) > $3 LIMIT 1",
        list(persons),
        [state.value for state in ENDED],
        now_ms - STILL_MS,
    )
    if rows:
        raise StillOnTheWay(tracking=rows[0]["tracking"], state=rows[0]["state"])


async def _unlink(tx: Tx, persons: Sequence[PersonId], now_ms: int) -> None:
    """Take away what leads to the persons beside the vault: links, PINs, cells, merchants' references."""
    parcels = "SELECT parcel FROM shipments JOIN parcels USING (shipment) WHERE recipient = ANY($1)"
    await tx.run(
        f"UPDATE recipient_links SET revoked_ms = $2 WHERE revoked_ms IS NULL AND parcel IN ({parcels})",  # noqa: S608 - a constant
        list(persons),
        now_ms,
    )
    for table in ("pins", "risk_parcels"):
        await tx.run(f"DELETE FROM {table} WHERE parcel IN ({parcels})", list(persons))  # noqa: S608 - constants
    await tx.run(
        "UPDATE shipments SET reference = NULL WHERE recipient = ANY($1) AND reference IS NOT NULL", list(persons)
    )


async def _note(tx: Tx, head: Head) -> None:
    await tx.run("UPDATE erasure_journal SET applied = $1, last = $2", head.count, head.last)
