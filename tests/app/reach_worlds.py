"""Worlds for the law of lists: two parties of each kind, and whatever may stand between them."""

from dataclasses import dataclass

from hypothesis import strategies as st

from safehand.identity.model import PartyKind

KINDS = tuple(PartyKind)
HOLDERS = tuple((kind, n) for kind in KINDS for n in (0, 1))


@dataclass(frozen=True)
class Sent:
    """A parcel: whose it is, who holds it (nobody we know if None), to whom it is offered, its exceptions."""

    merchant: int
    custodian: tuple[PartyKind, int] | None
    offered: frozenset[tuple[PartyKind, int]]
    cases: int


@dataclass(frozen=True)
class World:
    """Two parties of each kind and what stands between them."""

    employers: tuple[int | None, int | None]
    parcels: tuple[Sent, ...]
    devices: tuple[tuple[PartyKind, int], ...]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    holder = st.sampled_from(HOLDERS)
    sent = st.builds(
        Sent,
        merchant=st.integers(0, 1),
        custodian=st.none() | holder,
        offered=st.frozensets(holder, max_size=2),
        cases=st.integers(0, 2),
    )
    employer = st.none() | st.integers(0, 1)
    return World(
        employers=(draw(employer), draw(employer)),
        parcels=tuple(draw(st.lists(sent, min_size=1, max_size=5))),
        devices=tuple(draw(st.lists(holder, max_size=3))),
    )
