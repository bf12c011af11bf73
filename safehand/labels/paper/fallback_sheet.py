"""A fallback sheet laid out: what a depot writes on while it has no power or no network.

A row a parcel. The number stands as a code, for the day when a scanner works again, and in letters, with the digit that
checks the others underlined, for whoever keys it in. What is written to the right is keyed in line by line.
"""

from safehand.kernel.catalogue import Catalogue
from safehand.labels.layout import HEAVY, RULE, Box, Page
from safehand.labels.paper.codes import CODES
from safehand.labels.paper.model import Expected, FallbackSheet
from safehand.labels.paper.sheet import (
    EDGE,
    FOOT,
    INNER,
    Sheet,
    day_in_words,
    facts,
    frame,
    moment,
    number_code,
    title_band,
    write,
)

ROW = 96
BARS = 48  # 6 mm
NUMBER_LEFT, NUMBER_WIDTH = 60, 372
COLUMNS = ("received", "lane", "loaded", "route", "code", "time", "initials")
CELL = (INNER - NUMBER_LEFT - NUMBER_WIDTH) // len(COLUMNS)
LEGEND = 120
BOTTOM = FOOT - 50 - LEGEND
FACT_WIDTHS = (500, 420, 300, 300)
HINT = 18
_COMB = (4, 4, 4)  # SH and three groups, to be written in


def lay_out_fallback(told: FallbackSheet, words: Catalogue) -> list[Page]:
    """All pages of one fallback sheet."""
    sheet = Sheet(
        f"{told.depot} {told.day.isoformat()}", told.carrier, words, lambda page, _: _head(page, told, words), BOTTOM
    )
    rows: list[Expected | None] = [*told.expected, *[None] * told.blank_rows]
    for place, row in enumerate(rows, 1):
        sheet.need(ROW)
        _row(sheet, place, row)
    count = len(told.expected)
    for page in sheet.pages:
        _legend(page, words)
    return sheet.finish(lambda _page, _number: words.say("labels.fallback.count", count=count, blank=told.blank_rows))


def _head(page: Page, told: FallbackSheet, words: Catalogue) -> int:
    y = title_band(page, told.carrier, words.say("labels.fallback.title"), EDGE)
    stated = [
        (words.say("labels.paper.depot"), told.depot),
        (words.say("labels.fallback.for"), told.title or words.say("labels.fallback.all")),
        (words.say("labels.paper.day"), day_in_words(told.day, words)),
        (words.say("labels.paper.printed"), moment(told.printed_at, words)),
    ]
    y = facts(page, stated, y, FACT_WIDTHS)
    page.add(Box(EDGE, y, INNER, HEAVY))
    page.say(EDGE + NUMBER_LEFT, y + 28, 18, words.say("labels.fallback.number").upper())
    for step, name in enumerate(COLUMNS):
        x = EDGE + NUMBER_LEFT + NUMBER_WIDTH + step * CELL
        write(page, words.say(f"labels.fallback.{name}"), 18, (x + 6, y + 6, CELL - 10), most=2)
    page.add(Box(EDGE, y + 54, INNER, RULE))
    return y + 56


def _row(sheet: Sheet, place: int, row: Expected | None) -> None:
    page, y = sheet.page, sheet.y
    page.say(EDGE, y + ROW // 2 + 8, 22, str(place))
    x = EDGE + NUMBER_LEFT
    if row is None:
        _comb(page, x, y + 26)
    else:
        number_code(page, row.read, x - 8, y + 10, BARS)
    hints = {"lane": row.lane, "route": row.route} if row else {}
    for step, name in enumerate(COLUMNS):
        left = x + NUMBER_WIDTH + step * CELL
        page.add(Box(left, y, RULE, ROW))
        if hints.get(name):
            write(page, hints[name], HINT, (left + 6, y + 4, CELL - 12), most=2)
    page.add(Box(EDGE + INNER - RULE, y, RULE, ROW))
    sheet.y += ROW
    page.add(Box(EDGE, sheet.y, INNER, RULE))


def _comb(page: Page, x: int, y: int) -> None:
    """Boxes for the twelve digits of a tracking number, in the groups in which it is printed."""
    page.say(x, y + 32, 22, "SH", bold=True)
    at = x + 38
    for group in _COMB:
        for _ in range(group):
            frame(page, (at, y, 24, 44))
            at += 24
        at += 12


def _legend(page: Page, words: Catalogue) -> None:
    said = " · ".join(f"{code} {words.say(f'labels.code.{name}')}" for code, name in CODES.items())
    y = write(page, said, 19, (EDGE, BOTTOM + 14, INNER), most=3)
    write(page, words.say("labels.fallback.how"), 19, (EDGE, y, INNER), most=2)
