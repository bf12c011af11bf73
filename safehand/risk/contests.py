"""Contests: somebody says that a cell's rate is wrong, or what it did to their parcel; a person decides, and answers.

What a recipient writes, and what is answered, lies in the vault under the recipient's key. Staff's words stand here.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from safehand.identity.actions import Action
from safehand.identity.model import Principal
from safehand.identity.reads import Read, note_read
from safehand.kernel.clock import Clock
from safehand.kernel.ids import ParcelId, PartyId, PersonId, UserId, is_id, new_id
from safehand.risk import cells
from safehand.risk.errors import (
    ContestClosed,
    ContestedTooOften,
    ContestOpen,
    NoEffect,
    NoSuchContest,
)
from safehand.store.database import Record, Store, Tx
from safehand.vault.errors import PersonErased
from safehand.vault.vault import Kind, Vault

CONTEST = "cst"
LISTED_MAX = 200
PARCEL_MAX = 3
"""Contests that a recipient may make of one parcel, one after the other."""
WORDS_CHARS_MAX = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Who says what of which cell, and what became of it; `upheld` is None until a person has decided.

    Of a recipient's, `by` is None and `parcel` is whose effect it is about; words and note are empty until they are
    opened, and stay so once the person is erased.
    """

    id: str
    cell: str
    at_ms: int
    words: str = field(default="", repr=False)
    by: UserId | None = None
    parcel: ParcelId | None = None
    person: PersonId | None = None
    body: str | None = None
    upheld: bool | None = None
    decided_ms: int | None = None
    decided_by: UserId | None = None
    note: str = field(default="", repr=False)
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class ContestDesk:
    """Hears contests and closes them. Its fields are all it depends on."""

    store: Store
    vault: Vault
    clock: Clock

    async def contest(self, cell: str, words: str, by: UserId) -> str:
        """Somebody on the staff says that a cell's rate is wrong; returns the contest's id.

        Errors
            NoSuchCell
        """
        now_ms = self.clock.now_ms()
        async with self.store.transaction() as tx:
            await cells.cell(tx, cell, now_ms)
            return await _keep(tx, Contest(id=new_id(CONTEST, now_ms), cell=cell, at_ms=now_ms, words=words, by=by))

    async def object(self, tx: Tx, parcel: ParcelId, person: PersonId, words: str) -> str:
        """A recipient contests the last thing that a rate did to their parcel by itself; the contest's id.

        Errors
            NoEffect           nothing was done to it by itself.
            ContestOpen        one waits for its answer.
            ContestedTooOften  PARCEL_MAX were answered.
        """
        effects = await cells.effects_on(tx, parcel)
        if not effects:
            raise NoEffect(parcel)
        made = await of_parcel(tx, parcel)
        if any(one.upheld is None for one in made):
            raise ContestOpen(parcel)
        if len(made) >= PARCEL_MAX:
            raise ContestedTooOften(parcel, PARCEL_MAX)
        now_ms, cell = self.clock.now_ms(), effects[0].cell
        body = await self.vault.put(tx, person, Kind.NOTE, words.encode())
        new = Contest(id=new_id(CONTEST, now_ms), cell=cell, at_ms=now_ms, parcel=parcel, person=person, body=body)
        return await _keep(tx, new)

    async def theirs(self, tx: Tx, parcel: ParcelId) -> list[Contest]:
        """What was contested of one parcel with words and answers, for its own recipient; oldest first."""
        return [await self._opened(tx, one) for one in await of_parcel(tx, parcel)]

    async def open(self, tx: Tx, id: str, me: Principal) -> Contest:
        """One contest with its words; that a recipient's are read is on record.

        Errors
            NoSuchContest
        """
        found = await _one(tx, id)
        if found.person is not None:
            await note_read(tx, Read(me, Action.RISK_READ, found.person, found.parcel, id), self.clock.now_ms())
        return await self._opened(tx, found)

    async def decide(self, id: str, *, upheld: bool, note: str, by: UserId) -> None:
        """A person decides and says why; the cell of one upheld has the mean rate from the next assessment on.

        Where the recipient was erased meanwhile it is closed all the same, and the answer is for nobody.

        Errors
            NoSuchContest, ContestClosed
        """
        now_ms = self.clock.now_ms()
        async with self.store.transaction() as tx:
            found = await _one(tx, id, lock=True)
            if found.upheld is not None:
                raise ContestClosed(id)
            answer = None
            if found.person is not None:
                with suppress(PersonErased):
                    answer = await self.vault.put(tx, found.person, Kind.NOTE, note.encode())
                note = ""
            await tx.run(
                "UPDATE risk_contests SET upheld = $2, note = $3, answer = $4, decided_by = $5, decided_ms = $6"
                " WHERE id = $1",
                id, upheld, note, answer, by, now_ms,
            )  # fmt: skip

    async def _opened(self, tx: Tx, contest: Contest) -> Contest:
        if contest.body is None:
            return contest
        kept = await self.vault.get_many(tx, [body for body in (contest.body, contest.answer) if body is not None])
        words, note = kept.get(contest.body), kept.get(contest.answer or "")
        return replace(contest, words=(words or b"").decode(), note=(note or b"").decode())


async def listed(tx: Tx, after: str = "", *, waiting: bool = False, cell: str | None = None) -> list[Contest]:
    """Contests, oldest first, from the one after `after`; at most LISTED_MAX. None of a recipient's is opened."""
    rows = await tx.fetch(
        "SELECT * FROM risk_contests WHERE id > $1 AND (NOT $2 OR upheld IS NULL) AND ($3::text IS NULL OR cell = $3)"
        " ORDER BY id LIMIT $4",
        after, waiting, cell, LISTED_MAX,
    )  # fmt: skip
    return [_contest(row) for row in rows]


async def waiting_count(tx: Tx) -> int:
    """How many wait for a decision."""
    [row] = await tx.fetch("SELECT count(*) AS n FROM risk_contests WHERE upheld IS NULL")
    return int(row["n"])


async def waiting_in(tx: Tx, wanted: Sequence[str]) -> set[str]:
    """The cells of these of which a contest waits."""
    rows = await tx.fetch(
        "SELECT DISTINCT cell FROM risk_contests WHERE upheld IS NULL AND cell = ANY($1::text[])", list(wanted)
    )
    return {row["cell"] for row in rows}


async def of_parcel(tx: Tx, parcel: str) -> list[Contest]:
    """What was contested of one parcel, oldest first; PARCEL_MAX at most."""
    rows = await tx.fetch("SELECT * FROM risk_contests WHERE parcel = $1 ORDER BY id LIMIT $2", parcel, PARCEL_MAX)
    return [_contest(row) for row in rows]


async def _one(tx: Tx, id: str, *, lock: bool = False) -> Contest:
    locked = " FOR UPDATE" if lock else ""
    known = is_id(CONTEST, id)
    rows = await tx.fetch(f"SELECT * FROM risk_contests WHERE id = $1{locked}", id) if known else []  # noqa: S608 - ours
    if not rows:
        raise NoSuchContest(id)
    return _contest(rows[0])


async def _keep(tx: Tx, made: Contest) -> str:
    await tx.run(
        "INSERT INTO risk_contests (id, cell, words, at_ms, by, parcel, person, body, note)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '')",
        made.id, made.cell, made.words, made.at_ms, made.by, made.parcel, made.person, made.body,
    )  # fmt: skip
    return made.id


def _contest(row: Record) -> Contest:
    said = dict(row.items())
    person = said.pop("person")
    return Contest(**said, person=None if person is None else PersonId(PartyId(person)))
