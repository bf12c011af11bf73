"""Sheets of A4 that grow downwards, on the same grid of dots as a label: heads, feet, rows, boxes to tick, codes.

Office printers leave 5 mm white at the edges and put a dot of ours on three of theirs or more, so that a module of two
dots (0.25 mm) is read by a hand scanner at an arm's length.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time

from safehand.kernel.catalogue import Catalogue
from safehand.labels import symbols
from safehand.labels.layout import RULE, Bars, Box, CarrierMark, Line, Page, PageSize, caption
from safehand.labels.numbers import Kind, Number
from safehand.labels.typeface import REPLACEMENT, Run, broken, printable

A4 = PageSize("A4", 1680, 2376)  # 210 x 297 mm
EDGE = 80
INNER = A4.width - 2 * EDGE
FOOT = A4.height - EDGE - 30  # the baseline of the last line
CODE_MODULE = 2  # 0.25 mm
CODE_QUIET = 10 * CODE_MODULE
CODE_WIDTH = 156 * CODE_MODULE  # of the widest, an SSCC
CODE_SIZE = 24
TICK = 26
STEP = 1.16  # of the size, from line to line

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_S10_CHECK_AT = 10


@dataclass(slots=True)
class Sheet:
    """A document that is being laid out.

    `head` draws the top of each page and answers where its body begins; no body reaches below `bottom`.
    """

    title: str
    author: str
    words: Catalogue
    head: Callable[[Page, int], int]
    bottom: int
    pages: list[Page] = field(default_factory=list)
    y: int = 0

    @property
    def page(self) -> Page:
        """The one that is being filled; the first is begun when it is first asked for."""
        if not self.pages:
            self.turn()
        return self.pages[-1]

    @property
    def left(self) -> int:
        """Dots that are free below the last row."""
        return self.bottom - self.y if self.pages else 0

    def turn(self) -> None:
        """Begin a new page."""
        page = Page(A4, self.title, self.author)
        self.pages.append(page)
        self.y = self.head(page, len(self.pages))

    def need(self, height: int) -> None:
        """Begin a new page if this one has less room; the new one is filled whatever its room."""
        if self.left < height:
            self.turn()

    def finish(self, foot: Callable[[Page, int], str]) -> list[Page]:
        """Number the pages; `foot` says what stands at the left of each."""
        for number, page in enumerate(self.pages, 1):
            page.add(Box(EDGE, FOOT - 36, INNER, RULE))
            page.say(EDGE, FOOT, 22, foot(page, number))
            said = self.words.say("labels.paper.page", page=number, pages=len(self.pages))
            page.say(A4.width - EDGE - int(Run(said, 22, bold=True).width), FOOT, 22, said, bold=True)
            if page.unprinted:
                page.say(EDGE, FOOT + 24, 16, f"{REPLACEMENT} {self.words.say('labels.word.unprinted')}")
                page.unprinted.discard(REPLACEMENT)
        return self.pages


def title_band(page: Page, carrier: str, title: str, y: int) -> int:
    """Who prints it and what it is; answers where the next line may begin."""
    page.add(CarrierMark(EDGE, y, 60))
    width = (INNER - 110) // 2
    write(page, carrier, 34, (EDGE + 80, y + 8, width), bold=True, most=1)
    size = 40
    while Run(printable(title, page.unprinted), size, bold=True).width > width and size > 20:
        size -= 2
    run = Run(printable(title, page.unprinted), size, bold=True)
    page.add(Line(A4.width - EDGE - int(run.width), y + 46, size, run.text, bold=True))
    return y + 78


def facts(page: Page, told: list[tuple[str, str]], y: int, widths: tuple[int, ...]) -> int:
    """Captions with what they say below, side by side; answers where the next line may begin."""
    x, lowest = EDGE, y
    for (name, value), width in zip(told, widths, strict=True):
        caption(page, x, y + 18, name)
        lowest = max(lowest, write(page, value, 27, (x, y + 24, width - 20), bold=True, most=2))
        x += width
    return lowest + 10


def write(page: Page, text: str, size: int, box: tuple[int, int, int], *, bold: bool = False, most: int = 99) -> int:
    """A text in lines within a width, as many as `most`; answers where the next one may begin.

    Shapes
        box  x, top and width.
    """
    x, y, width = box
    lines = broken(printable(text, page.unprinted), size, bold, width)
    if len(lines) > most:
        lines = [*lines[: most - 1], _ended(lines[most - 1], size, bold, width)]
        page.shortened.append(text)
    for line in lines:
        y += int(size * STEP)
        page.add(Line(x, y - size // 6, size, line, bold))
    return y


def height_of(text: str, size: int, bold: bool, width: int) -> int:
    """How far `write` would go down."""
    return len(broken(printable(text, set()), size, bold, width)) * int(size * STEP)


def frame(page: Page, box: tuple[int, int, int, int], thick: int = RULE) -> None:
    """The edges of x, y, width, height."""
    x, y, width, height = box
    page.add(
        Box(x, y, width, thick),
        Box(x, y + height - thick, width, thick),
        Box(x, y, thick, height),
        Box(x + width - thick, y, thick, height),
    )


def tick_box(page: Page, x: int, y: int, said: str, width: int) -> None:
    """A box to tick, and what it means behind it."""
    frame(page, (x, y, TICK, TICK))
    size = 20
    while Run(said, size).width > width - TICK - 10 and size > 12:
        size -= 1
    page.say(x + TICK + 8, y + TICK - 5, size, said)


def signature(page: Page, x: int, y: int, width: int, said: str) -> None:
    """A line to sign on; `said` stands below it."""
    page.add(Box(x, y, width, RULE))
    write(page, said, 18, (x, y + 4, width), most=2)


def number_code(page: Page, number: Number, x: int, y: int, height: int) -> None:
    """A number for scanners and, below, for people; the digit that checks the others is underlined."""
    gs1 = number.kind is Kind.SSCC
    matrix = symbols.gs1_128(number.text) if gs1 else symbols.code_128(number.text)
    page.add(Bars(x + CODE_QUIET, y, CODE_MODULE, height, number.text, gs1, matrix))
    checked_number(page, number, x + CODE_QUIET, y + height + CODE_SIZE, CODE_SIZE)


def checked_number(page: Page, number: Number, x: int, y: int, size: int) -> None:
    """A number in groups on the baseline `y`, its check digit underlined."""
    said = number.grouped
    page.add(Line(x, y, size, said, bold=True))
    place = _S10_CHECK_AT if number.kind is Kind.S10 else len(number.text) - 1
    at = [index for index, char in enumerate(said) if char != " "][place]
    left = int(Run(said[:at], size, bold=True).width)
    page.add(Box(x + left, y + 4, int(Run(said[at], size, bold=True).width), 3))


def day_in_words(day: date, words: Catalogue) -> str:
    """Weekday, day, month and year; it begins with a capital."""
    weekday = words.say(f"weekday.{_WEEKDAYS[day.weekday()]}")
    month = words.say(f"month.{_MONTHS[day.month - 1]}")
    said = words.say("day.date_year", weekday=weekday, day=day.day, month=month, year=day.year)
    return said[:1].upper() + said[1:]


def clock(at: time | datetime, words: Catalogue) -> str:
    """Hour and minute."""
    return words.say("day.clock", hour=f"{at.hour:02}", minute=f"{at.minute:02}")


def moment(at: datetime, words: Catalogue) -> str:
    """Day and hour, with the zone's offset: what is printed may be read elsewhere, or in the hour that comes twice."""
    return f"{day_in_words(at.date(), words)} {clock(at, words)} ({at:%Z})"


def _ended(line: str, size: int, bold: bool, width: int) -> str:
    while line and Run(f"{line}…", size, bold).width > width:
        line = line[:-1]
    return f"{line}…"
