"""House numbers: `12`, `12a`, `12/3`, `12-14`, and several in one."""

import re
from dataclasses import dataclass

NUMBER_MAX = 99_999
RANGE_MAX = 60
SEVERAL_MAX = 12

_SHAPE = re.compile(r"(\d{1,5})\s?([a-z]?)(?:\s?(-|/|–)\s?(\d{0,5})\s?([a-z]?))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class HouseNumber:
    """A house number that can be compared and stand between others."""

    number: int
    until: int
    """The last of a range; the number itself if it is none."""
    part: str
    """What tells houses or entrances of one number apart: `a`, `/3`; empty for most."""

    @property
    def text(self) -> str:
        """As it is written."""
        return f"{self.number}{self.part}" if self.until == self.number else f"{self.number}-{self.until}"

    def holds(self, number: int) -> bool:
        """Whether a range of this side of the street has the number."""
        return self.number <= number <= self.until and (number - self.number) % 2 == 0


def read_number(text: str) -> HouseNumber | None:
    """The house number that a text is; None if it is none.

    >>> read_number("12 A").text, read_number("12–14").until, read_number("12/3").part
    ('12a', 14, '/3')
    """
    shape = _SHAPE.fullmatch(text.strip())
    if shape is None:
        return None
    number, letter, mark, second, last = int(shape[1]), shape[2].lower(), shape[3], shape[4], (shape[5] or "").lower()
    if mark is None:
        return HouseNumber(number, number, letter)
    if mark != "/" and second and not letter and not last and 0 < int(second) - number <= RANGE_MAX:
        return HouseNumber(number, int(second), "")
    return HouseNumber(number, number, f"{letter}{'/' if mark == '/' else '-'}{second}{last}")


def read_numbers(text: str) -> list[HouseNumber]:
    """The numbers of a door: some have several (`9, 9a, 9b`). What is no number is left out."""
    found = [read_number(one) for one in re.split(r"[,;]", text)[:SEVERAL_MAX]]
    return [number for number in found if number is not None]
