"""A service: what a merchant can buy, and what we promise with it. Pure."""

import re
from dataclasses import dataclass
from datetime import date

from safehand.kernel.calendar import DAY_MINUTES, Calendar
from safehand.parcels.errors import BadService

STANDARD = "standard"
CODE_SHAPE = re.compile(r"[a-z][a-z0-9_]{1,23}")
WORKING_DAYS_MAX = 30
ATTEMPTS_MAX = 9
HELD_DAYS_MAX = 60
SLOTS_MAX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A window of the promised day, in minutes of the local wall clock."""

    from_minute: int
    to_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service with its promises.

    Shapes
        working_days  open days of the depot after the day that counts.
        cut_off       minutes since local midnight; told later, a shipment counts from the next day. 1440: no cut-off.
        attempts      times that a driver comes to the door.
        held_days     open days that a parcel waits to be collected afterwards.
        returns       whether it then goes back by itself; else a person decides.
        slots         windows that a recipient may choose among; none: the whole day.
    """

    code: str
    working_days: int
    cut_off: int = DAY_MINUTES
    attempts: int = 2
    held_days: int = 7
    returns: bool = True
    slots: tuple[Slot, ...] = ()
    offered: bool = True
    """Whether new shipments may name it; one that is not offered any more still binds what was sent with it."""

    def check(self) -> None:
        """Refuse what can be no service.

        Errors
            BadService  it names the field and its bounds.
        """
        if CODE_SHAPE.fullmatch(self.code) is None:
            raise BadService(field="code", wanted="a-z, 0-9 and _, 2 to 24 of them, a letter first")
        _within("working_days", self.working_days, 1, WORKING_DAYS_MAX)
        _within("cut_off", self.cut_off, 0, DAY_MINUTES)
        _within("attempts", self.attempts, 1, ATTEMPTS_MAX)
        _within("held_days", self.held_days, 0, HELD_DAYS_MAX)
        _within("slots", len(self.slots), 0, SLOTS_MAX)
        for slot in self.slots:
            _within("from_minute", slot.from_minute, 0, DAY_MINUTES - 1)
            _within("to_minute", slot.to_minute, slot.from_minute + 1, DAY_MINUTES)

    def promise(self, calendar: Calendar, now_ms: int) -> date:
        """The day that is promised for what is told now: the depot is open then.

        Errors
            NeverOpen  the depot does not open so often in the time ahead.
        """
        return calendar.opening_after(calendar.counts_from(now_ms, self.cut_off), self.working_days)

    def held_until(self, calendar: Calendar, first: date) -> date:
        """The last day on which a parcel can be collected that waits from `first` on: an open day.

        Errors
            NeverOpen
        """
        return calendar.opening_after(first, self.held_days) if self.held_days else calendar.opening_from(first)


def _within(field: str, given: int, least: int, most: int) -> None:
    if not least <= given <= most:
        raise BadService(field=field, wanted=f"{least} to {most}")
