"""Losses: which parcels were left unattended, and which were lost after they had gone out. Told to risk as facts come.

What is lost in a building says nothing about a street. What a person reports counts once another has confirmed it, and
what is found again no longer does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from safehand.custody.clocks import happened_ms
from safehand.custody.head import Head, created, folded, is_aggregate
from safehand.events.custody import CustodyCorrected, CustodyTransferred, ExceptionOpened, ExceptionResolved
from safehand.events.event import Event, decode
from safehand.events.parcels import ParcelCreated, ParcelObserved
from safehand.events.vocabulary import ExceptionKind, Resolution, State, Way
from safehand.ledger.ledger import Ledger
from safehand.ledger.projections import Projection, Told
from safehand.risk import losses
from safehand.risk.losses import Fate
from safehand.store.database import Tx

OUT = frozenset({State.OUT_FOR_DELIVERY, State.OFFERED, State.ATTEMPTED, State.DELIVERED})
"""In a street or at a door."""
WHEREVER = frozenset({State.LOST, State.FOUND, State.DAMAGED, State.REFUSED})
"""These say nothing of where it is: it is where it was before."""
SAID = frozenset({State.LOST, State.FOUND})


@dataclass(slots=True)
class _Story:
    """What is known so far."""

    head: Head
    out: bool = False
    left_ms: int | None = None
    lost_ms: int | None = None
    opened_ms: int | None = None
    """Since when somebody has opened it on its way: that is not undone by finding it."""
    claims: dict[str, ExceptionOpened] = field(default_factory=dict)
    """What was reported after it had gone out, and nobody has confirmed."""

    def tell(self, fact: Event) -> None:
        """One more fact."""
        before, self.head = self.head.state, folded(self.head, fact)
        self._moved(before, fact)
        match fact:
            case CustodyTransferred(way=Way.SAFE_PLACE, taker=self.head.recipient):
                self.left_ms = happened_ms(fact)
            case CustodyCorrected():
                self.left_ms = None
                self.lost_ms = happened_ms(fact) if self.out and fact.state is State.LOST else None
            case ExceptionOpened() if self.out and (fact.kind is ExceptionKind.TAMPERED or fact.told in SAID):
                self.claims[fact.exception] = fact
            case ExceptionResolved(resolution=Resolution.CONFIRMED) if fact.exception in self.claims:
                self._confirmed(self.claims.pop(fact.exception))

    def _moved(self, before: State, fact: Event) -> None:
        state = self.head.state
        if state not in WHEREVER:
            self.out = state in OUT
        if state is before:
            return
        if state is State.LOST and self.out:
            self.lost_ms = happened_ms(fact)
        elif before is State.LOST:
            self.lost_ms = None

    def _confirmed(self, claim: ExceptionOpened) -> None:
        if claim.kind is ExceptionKind.TAMPERED:
            self.opened_ms = self.opened_ms or happened_ms(claim)
        else:
            self.lost_ms = happened_ms(claim) if claim.told == State.LOST else None


def fate(facts: Sequence[Event]) -> Fate | None:
    """What became of one parcel; None of a cage, or where the beginning of its facts is not at hand."""
    if not facts or not isinstance(facts[0], ParcelCreated):
        return None
    story = _Story(created(facts[0]))
    for fact in facts[1:]:
        story.tell(fact)
    gone = story.lost_ms if story.lost_ms is not None else story.opened_ms
    return Fate(parcel=story.head.parcel, left_ms=story.left_ms, lost_ms=gone)


async def apply(tx: Tx, told: Sequence[Told]) -> None:
    """Fold facts in. Idempotent: each parcel's fate follows from all of its facts."""
    said = [
        (parcel, event) for _, event in told if (parcel := getattr(event, "parcel", "")) and not is_aggregate(parcel)
    ]
    begun = {parcel for parcel, event in said if _begins(event)}
    touched = {parcel for parcel, _ in said}
    watched = begun | await losses.watched(tx, sorted(touched - begun))
    streams = await Ledger().read_streams(tx, sorted(watched))
    fates = [fate([decode(one.fact) for one in facts]) for facts in streams.values()]
    await losses.keep(tx, [one for one in fates if one is not None])


def _begins(event: Event) -> bool:
    """Whether a parcel is to be watched from this fact on."""
    match event:
        case CustodyTransferred():
            return event.way is Way.SAFE_PLACE or event.state in SAID
        case ParcelObserved() | CustodyCorrected():
            return event.state in SAID
        case ExceptionResolved():
            return event.resolution is Resolution.CONFIRMED
        case _:
            return False


LOSSES = Projection("losses", apply, ("risk_parcels",))
