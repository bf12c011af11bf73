"""The proof policy: every way between every pair of parties, and what it asks for."""

import itertools

import pytest

from safehand.custody.head import created
from safehand.events.statement import FIRST_AFTER
from safehand.events.vocabulary import Evidence, Side, Way
from safehand.handover.policy import rule_for
from safehand.handover.proofs import read_body
from safehand.kernel.ids import PartyId
from tests.world import ANA, DEPOT, EVE, SHOP, Phones, created_box, handed_over

ALLOWED = {
    (SHOP, DEPOT, Side.TAKER, Way.COUNTER): frozenset(),
    (SHOP, ANA, Side.TAKER, Way.COUNTER): frozenset(),
    (DEPOT, SHOP, Side.GIVER, Way.COUNTER): frozenset(),
    (ANA, SHOP, Side.GIVER, Way.COUNTER): frozenset(),
    (ANA, EVE, Side.GIVER, Way.PIN): frozenset({Evidence.PIN}),
    (ANA, EVE, Side.GIVER, Way.DRAWING): frozenset({Evidence.DRAWING}),
    (ANA, EVE, Side.GIVER, Way.PHOTO): frozenset({Evidence.PHOTO}),
    (ANA, EVE, Side.GIVER, Way.SAFE_PLACE): frozenset({Evidence.PHOTO}),
    (DEPOT, EVE, Side.GIVER, Way.PIN): frozenset({Evidence.PIN}),
    (DEPOT, EVE, Side.GIVER, Way.DRAWING): frozenset({Evidence.DRAWING}),
    (DEPOT, EVE, Side.GIVER, Way.PHOTO): frozenset({Evidence.PHOTO}),
    (DEPOT, EVE, Side.GIVER, Way.SAFE_PLACE): frozenset({Evidence.PHOTO}),
    (SHOP, EVE, Side.GIVER, Way.PIN): frozenset({Evidence.PIN}),
    (SHOP, EVE, Side.GIVER, Way.DRAWING): frozenset({Evidence.DRAWING}),
    (SHOP, EVE, Side.GIVER, Way.PHOTO): frozenset({Evidence.PHOTO}),
    (SHOP, EVE, Side.GIVER, Way.SAFE_PLACE): frozenset({Evidence.PHOTO}),
    (SHOP, EVE, Side.TAKER, Way.COUNTER): frozenset(),
    (EVE, SHOP, Side.GIVER, Way.COUNTER): frozenset(),
}
"""Everything that one side may tell alone. The last two need a device of the recipient's, and nobody enrols one."""

CASES = [
    (giver, taker, side, way)
    for giver, taker in itertools.permutations((SHOP, DEPOT, ANA, EVE), 2)
    for side in Side
    for way in Way
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(str(part)[-12:] for part in case))
def test_only_what_is_listed_may_be_told_by_one_side(case: tuple[PartyId, PartyId, Side, Way]) -> None:
    giver, taker, side, way = case
    rule = rule_for(created(created_box()), handed_over(Phones(), giver, taker, side, FIRST_AFTER, way=way))
    assert (rule.evidence if rule else None) == ALLOWED.get(case)


def test_a_sealed_parcel_is_never_left_alone() -> None:
    said = handed_over(Phones(), ANA, EVE, Side.GIVER, FIRST_AFTER, way=Way.SAFE_PLACE)
    assert rule_for(created(created_box(sealed=True)), said) is None


@pytest.mark.parametrize("raw", [None, b"", b"{", b"[]", b'{"pin": 7}', b'{"drawing": "x"}', b"\xff"])
def test_a_body_that_cannot_be_read_proves_nothing(raw: bytes | None) -> None:
    body = read_body(raw)
    assert (body.pin, body.drawing, body.photo) == (None, None, None)
