"""The queue's rows. Nothing in them is private: addresses and points lie in the vault under their person's key."""

from dataclasses import dataclass

from safehand.identity.pages import PAGE_MAX, Page, page_of
from safehand.kernel.ids import PersonId, UserId, new_id
from safehand.places.addresses.doubts import FIXES_MAX, Case, CaseState, Consent, ConsentKind, Doubt
from safehand.places.addresses.ports import Addressed
from safehand.store.database import Record, Tx

CASE = "adr"


async def put(tx: Tx, about: Addressed, doubt: Doubt, confidence_pct: int, now_ms: int) -> str:
    """Add a case, or find the open one about the same body and doubt; its id."""
    id = new_id(CASE, now_ms)
    rows = await tx.fetch(
        "INSERT INTO address_cases (id, person, parcel, body, doubt, confidence_pct, state, opened_ms)"
        " VALUES ($1, $2, $3, $4, $5, $6, 'open', $7) ON CONFLICT (body, doubt) WHERE state = 'open'"
        " DO UPDATE SET confidence_pct = excluded.confidence_pct RETURNING id",
        id,
        about.person,
        about.parcel,
        about.body,
        doubt.value,
        confidence_pct,
        now_ms,
    )
    return str(rows[0]["id"])


async def listed(tx: Tx, state: CaseState, after: str | None = None) -> Page[Case]:
    """Cases in one state, oldest first."""
    rows = await tx.fetch(
        "SELECT * FROM address_cases WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3",
        state.value,
        after or "",
        PAGE_MAX + 1,
    )
    return page_of([_case(row) for row in rows])


async def counts(tx: Tx) -> dict[CaseState, int]:
    """How many there are in each state."""
    rows = await tx.fetch("SELECT state, count(*) AS n FROM address_cases GROUP BY state")
    return {CaseState(row["state"]): int(row["n"]) for row in rows}


async def one(tx: Tx, id: str, *, lock: bool = False) -> Case | None:
    """One case; with `lock`, nobody else closes it meanwhile."""
    found = "SELECT * FROM address_cases WHERE id = $1"
    rows = await tx.fetch(f"{found} FOR UPDATE" if lock else found, id)
    return _case(rows[0]) if rows else None


@dataclass(frozen=True, slots=True)
class Correction:
    """What corrects an address: the recipient's consent, and the vault's body with the new one."""

    consent: Consent
    body: str


async def close(tx: Tx, case: Case, by: UserId, now_ms: int, correction: Correction | None) -> None:
    """Close a case. The body before the correction stays where it is, and the row names both."""
    await tx.run(
        "UPDATE address_cases SET state = $2, closed_ms = $3, closed_by = $4, consent = $5, consent_evidence = $6,"
        " corrected = $7 WHERE id = $1",
        case.id,
        (CaseState.CORRECTED if correction else CaseState.DISMISSED).value,
        now_ms,
        by,
        correction.consent.kind.value if correction else None,
        correction.consent.evidence if correction else None,
        correction.body if correction else None,
    )


async def corrected(tx: Tx, person: PersonId) -> str | None:
    """The vault's body with a person's address as it was corrected last; None if it never was."""
    rows = await tx.fetch(
        "SELECT corrected FROM address_cases WHERE person = $1 AND corrected IS NOT NULL"
        " ORDER BY closed_ms DESC LIMIT 1",
        person,
    )
    return str(rows[0]["corrected"]) if rows else None


async def note_fix(tx: Tx, about: Addressed, body: str, now_ms: int) -> None:
    """Put on record that a delivery was confirmed; where, is in the vault's body. A parcel counts once."""
    await tx.run(
        "INSERT INTO address_fixes (parcel, person, body, at_ms) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        about.parcel,
        about.person,
        body,
        now_ms,
    )


async def fixes(tx: Tx, person: PersonId) -> list[str]:
    """The vault's bodies of a person's newest confirmed deliveries, oldest first."""
    rows = await tx.fetch(
        "SELECT body FROM address_fixes WHERE person = $1 ORDER BY at_ms DESC LIMIT $2", person, FIXES_MAX
    )
    return [str(row["body"]) for row in reversed(rows)]


def _case(row: Record) -> Case:
    consent = Consent(ConsentKind(row["consent"]), row["consent_evidence"]) if row["consent"] else None
    return Case(
        id=row["id"],
        person=row["person"],
        parcel=row["parcel"],
        body=row["body"],
        doubt=Doubt(row["doubt"]),
        confidence_pct=row["confidence_pct"],
        state=CaseState(row["state"]),
        opened_ms=row["opened_ms"],
        closed_ms=row["closed_ms"],
        closed_by=row["closed_by"],
        consent=consent,
        corrected=row["corrected"],
    )
