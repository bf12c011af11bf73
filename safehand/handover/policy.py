"""The proof policy: which one-sided ways are allowed, between whom, with what. A table, and pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from safehand.custody.head import Head
from safehand.events.statement import HandedOver
from safehand.events.vocabulary import Evidence, Side, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One one-sided way: which evidence it needs, and whether it is for sealed parcels too."""

    evidence: frozenset[Evidence]
    for_sealed: bool = True


TO_RECIPIENT: Mapping[Way, Rule] = MappingProxyType(
    {
        Way.PIN: Rule(evidence=frozenset({Evidence.PIN})),
        Way.DRAWING: Rule(evidence=frozenset({Evidence.DRAWING})),
        Way.PHOTO: Rule(evidence=frozenset({Evidence.PHOTO})),
        Way.SAFE_PLACE: Rule(evidence=frozenset({Evidence.PHOTO}), for_sealed=False),
    }
)
"""The driver signs, the recipient leaves evidence. A parcel worth a seal is never left alone."""

WITH_MERCHANT: Mapping[Way, Rule] = MappingProxyType({Way.COUNTER: Rule(evidence=frozenset())})
"""Over the merchant's or the depot's ramp: our device signs alone. The merchant keeps the manifest."""


def rule_for(head: Head, said: HandedOver) -> Rule | None:
    """The rule that a handover falls under when one side tells it alone; None: both sides must sign."""
    if said.side is Side.GIVER and said.taker == head.recipient:
        rule = TO_RECIPIENT.get(said.way)
        return None if rule is None or (head.sealed and not rule.for_sealed) else rule
    with_merchant = (said.side is Side.TAKER and said.giver == head.merchant) or (
        said.side is Side.GIVER and said.taker == head.merchant
    )
    return WITH_MERCHANT.get(said.way) if with_merchant else None
