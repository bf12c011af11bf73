"""Requests: a recipient asks, from their page, to get or to lose what is held of them. A person decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from safehand.kernel.ids import ParcelId, PersonId, new_id
from safehand.privacy.errors import NoSuchRequest
from safehand.store.database import Record, Tx

REQUEST = "prq"
LIST_MAX = 200


class Wish(StrEnum):
    """What the recipient asks for."""

    EXPORT = "export"
    ERASE = "erase"


class Decision(StrEnum):
    """What a person decided. The export or the erasure itself is asked for by its own route."""

    GRANTED = "granted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. Asking twice for the same is one request while it is open."""

    id: str
    person: PersonId
    parcel: ParcelId
    wish: Wish
    asked_ms: int
    decision: Decision | None
    decided_by: str | None
    decided_ms: int | None


async def ask(tx: Tx, person: PersonId, parcel: ParcelId, wish: Wish, now_ms: int) -> Request:
    """Note a wish; the one that is open already, if there is one. It waits for a decision under way."""
    [row] = await tx.fetch(
        "INSERT INTO privacy_requests AS r (id, person, parcel, wish, asked_ms) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (person, wish) WHERE decision IS NULL DO UPDATE SET asked_ms = r.asked_ms RETURNING *",
        new_id(REQUEST, now_ms),
        person,
        parcel,
        wish.value,
        now_ms,
    )
    return _request(row)


async def waiting(tx: Tx, after: str = "") -> Sequence[Request]:
    """The requests that nobody has decided yet, oldest first, from behind `after`."""
    rows = await tx.fetch(
        "SELECT * FROM privacy_requests WHERE decision IS NULL AND id > $1 ORDER BY id LIMIT $2", after, LIST_MAX
    )
    return [_request(row) for row in rows]


async def open_of(tx: Tx, person: PersonId) -> Sequence[Request]:
    """What one person asked for and nobody has decided yet."""
    return [
        _request(row)
        for row in await tx.fetch("SELECT * FROM privacy_requests WHERE person = $1 AND decision IS NULL", person)
    ]


async def decide(tx: Tx, id: str, decision: Decision, by: str, now_ms: int) -> None:
    """Say what becomes of a request.

    Errors
        NoSuchRequest  none, or one that was decided.
    """
    done = await tx.run(
        "UPDATE privacy_requests SET decision = $2, decided_by = $3, decided_ms = $4"
        " WHERE id = $1 AND decision IS NULL",
        id,
        decision.value,
        by,
        now_ms,
    )
    if done != 1:
        raise NoSuchRequest(id=id[:64])


def _request(row: Record) -> Request:
    decision = row["decision"]
    return Request(
        **{**dict(row.items()), "wish": Wish(row["wish"]), "decision": Decision(decision) if decision else None}
    )
