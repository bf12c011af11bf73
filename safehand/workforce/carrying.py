"""Carrying: whether a driver's authority reaches what a parcel asks for, and if not, what is missing. Pure."""

from collections.abc import Collection, Sequence

from safehand.events.vocabulary import Demand
from safehand.workforce.authority import Authority, Duty, Lack, Level, Why
from safehand.workforce.model import VehicleKind

DUTIES = {
    Demand.SEALED: Duty.SEALED,
    Demand.DANGEROUS_GOODS: Duty.DANGEROUS_GOODS,
    Demand.AGE_CHECK: Duty.AGE_CHECK,
    Demand.CASH: Duty.CASH,
}
"""Which duty a demand is; the others are the level's."""


def barred(authority: Authority, value_cents: int, demands: Collection[Demand]) -> tuple[Demand, Lack] | None:
    """The first thing that the driver may not do with such a parcel, and what that lacks; None if the parcel may go.

    Agrees with `Authority.allows`.
    """
    if authority.level is Level.NONE:
        return Demand.CARRY, _first(authority.next_level)
    for demand in Demand:
        if demand in demands and (lacks := authority.barred.get(DUTIES[demand])):
            return demand, _first(lacks)
    if value_cents <= authority.value_cents:
        return None
    motorised = authority.vehicles - {VehicleKind.BICYCLE}
    return Demand.VALUE, _first(authority.next_level if motorised else authority.grounded[VehicleKind.VAN])


def _first(lacks: Sequence[Why]) -> Lack:
    return lacks[0].lack if lacks else Lack.LIMIT
