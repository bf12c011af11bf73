"""A run sheet laid out: the stops in order, each parcel with its code, boxes to tick and a line to sign on.

Each page says how many parcels are on it and how many there are so far; at the end stand the sums that must meet at
night: what was taken along is what was handed over, left elsewhere, brought back or is a named exception.
"""

from dataclasses import dataclass
from itertools import accumulate

from safehand.kernel.catalogue import Catalogue
from safehand.labels.layout import HEAVY, RULE, Box, Line, Page
from safehand.labels.paper.model import RunParcel, RunSheet, Stop
from safehand.labels.paper.sheet import (
    EDGE,
    FOOT,
    INNER,
    STEP,
    TICK,
    Sheet,
    clock,
    day_in_words,
    facts,
    height_of,
    moment,
    number_code,
    signature,
    tick_box,
    title_band,
    write,
)

ROW = 124
PAD = 16
BARS = 56  # 7 mm
ENDING = 330
BOTTOM = FOOT - 50
NAME_SIZE, LINE_SIZE = 27, 24

# Columns: where each begins, from the left edge of what is printed.
AT_STOP, AT_ADDRESS, AT_CODE, AT_CARE, AT_TICKS, AT_SIGN = 0, 96, 556, 936, 1112, 1300
SEAL_SIZE, CARE_SIZE = 22, 19
CARE_WIDTH = AT_TICKS - AT_CARE - 12
ADDRESS_WIDTH = AT_CODE - AT_ADDRESS - 16
FACT_WIDTHS = (380, 180, 360, 260, 340)
TICKS = ("delivered", "elsewhere", "back")


@dataclass(slots=True)
class _Count:
    """Parcels of each page, in order."""

    of_page: list[int]

    def add(self, page: int, parcels: int) -> None:
        """Count parcels on a page, counted from 1."""
        self.of_page.extend([0] * (page - len(self.of_page)))
        self.of_page[page - 1] += parcels


def lay_out_run(run: RunSheet, words: Catalogue) -> list[Page]:
    """All pages of one run sheet."""
    sheet = Sheet(
        f"{run.route} {run.day.isoformat()}",
        run.carrier,
        words,
        lambda page, number: _head(page, number, run, words),
        BOTTOM,
    )
    count = _Count([])
    for place, stop in enumerate(run.stops, 1):
        _stop(sheet, place, stop, count)
    sheet.need(ENDING)
    _ending(sheet, run)
    count.add(len(sheet.pages), 0)
    return sheet.finish(lambda _page, number: _foot(run, words, count, number))


def _head(page: Page, number: int, run: RunSheet, words: Catalogue) -> int:
    y = title_band(page, run.carrier, words.say("labels.run.title"), EDGE)
    told = [
        (words.say("labels.paper.depot"), run.depot),
        (words.say("labels.run.route"), run.route),
        (words.say("labels.run.driver"), run.driver),
        (words.say("labels.paper.day"), day_in_words(run.day, words)),
        (words.say("labels.paper.printed"), moment(run.printed_at, words)),
    ]
    y = facts(page, told, y, FACT_WIDTHS)
    if number == 1:
        y = write(page, _totals(run, words), 25, (EDGE, y, INNER)) + 8
    page.add(Box(EDGE, y, INNER, HEAVY))
    for at, name in ((AT_STOP, "stop"), (AT_ADDRESS, "address"), (AT_CODE, "parcel"), (AT_CARE, "seal")):
        page.say(EDGE + at, y + 28, 18, words.say(f"labels.run.{name}").upper())
    page.say(EDGE + AT_SIGN, y + 28, 18, words.say("labels.run.received_by").upper())
    page.add(Box(EDGE, y + 38, INNER, RULE))
    return y + 40


def _totals(run: RunSheet, words: Catalogue) -> str:
    said = [
        words.say("labels.run.stops", count=len(run.stops)),
        words.say("labels.run.parcels", count=len(run.parcels)),
        words.say("labels.run.sealed", count=sum(bool(parcel.seal) for parcel in run.parcels)),
    ]
    cares = sorted({care for parcel in run.parcels for care in parcel.cares})
    counted = [(care, sum(care in parcel.cares for parcel in run.parcels)) for care in cares]
    return " · ".join([*said, *(f"{words.say(f'labels.care.{care}')} {count}" for care, count in counted)])


def _stop(sheet: Sheet, place: int, stop: Stop, count: _Count) -> None:
    """One stop, whole on a page where it fits on one; a longer one goes on overleaf and says so."""
    sheet.need(ROW)
    left = [(parcel, _height(parcel, sheet.words)) for parcel in stop.parcels]
    body = BOTTOM - sheet.y
    address = _address_height(stop)
    whole = max(address, sum(height for _, height in left)) + PAD
    if whole > body and (whole <= BOTTOM // 2 or body < max(address, left[0][1]) + PAD):
        sheet.turn()
    while left:
        ends = list(accumulate(height for _, height in left))
        fits = max(1, sum(end <= sheet.left - PAD for end in ends))
        here, left = left[:fits], left[fits:]
        _place(sheet, place, stop, going_on=len(here) + len(left) < len(stop.parcels))
        for (parcel, height), end in zip(here, ends, strict=False):
            _parcel(sheet.page, sheet.words, parcel, sheet.y + PAD // 2 + end - height)
        count.add(len(sheet.pages), len(here))
        sheet.y += max(address, ends[fits - 1]) + PAD
        sheet.page.add(Box(EDGE, sheet.y, INNER, RULE))
        if left:
            sheet.turn()


def _place(sheet: Sheet, place: int, stop: Stop, going_on: bool) -> None:
    page, words, top = sheet.page, sheet.words, sheet.y + PAD // 2
    page.say(EDGE + AT_STOP, top + 40, 40, str(place), bold=True)
    if going_on:
        write(page, words.say("labels.run.goes_on"), 16, (EDGE + AT_STOP, top + 48, AT_ADDRESS - 10))
    x, y = EDGE + AT_ADDRESS, top
    for text, size, bold in _address(stop):
        y = write(page, text, size, (x, y, ADDRESS_WIDTH), bold=bold)
    if stop.promised:
        hours = f"{clock(stop.promised[0], words)}-{clock(stop.promised[1], words)}"
        write(page, hours, LINE_SIZE, (x, y, ADDRESS_WIDTH), bold=True)


def _address(stop: Stop) -> list[tuple[str, int, bool]]:
    """Without the country: a run stays in one."""
    lines = [line for line in stop.address.lines if line != stop.address.country]
    return [(stop.address.name, NAME_SIZE, True), *((line, LINE_SIZE, False) for line in lines)]


def _address_height(stop: Stop) -> int:
    lines = sum(height_of(text, size, bold, ADDRESS_WIDTH) for text, size, bold in _address(stop))
    return lines + (int(LINE_SIZE * STEP) if stop.promised else 0)


def _cares(parcel: RunParcel, words: Catalogue) -> str:
    return ", ".join(words.say(f"labels.care.{care}") for care in sorted(parcel.cares))


def _height(parcel: RunParcel, words: Catalogue) -> int:
    """Of its row: what has to be asked for at the door is never cut short."""
    seal = height_of(parcel.seal, SEAL_SIZE, True, CARE_WIDTH)
    return max(ROW, seal + height_of(_cares(parcel, words), CARE_SIZE, False, CARE_WIDTH) + PAD)


def _parcel(page: Page, words: Catalogue, parcel: RunParcel, y: int) -> None:
    number_code(page, parcel.read, EDGE + AT_CODE - 8, y + 6, BARS)
    below = write(page, parcel.seal, SEAL_SIZE, (EDGE + AT_CARE, y, CARE_WIDTH), bold=True)
    write(page, _cares(parcel, words), CARE_SIZE, (EDGE + AT_CARE, below, CARE_WIDTH))
    for step, tick in enumerate(TICKS):
        at = y + 6 + step * (TICK + 10)
        tick_box(page, EDGE + AT_TICKS, at, words.say(f"labels.run.{tick}"), AT_SIGN - AT_TICKS - 14)
    signature(page, EDGE + AT_SIGN, y + 80, INNER - AT_SIGN, words.say("labels.run.name_time"))


def _ending(sheet: Sheet, run: RunSheet) -> None:
    """The sums of the night, and who signs for them."""
    page, words, y = sheet.page, sheet.words, sheet.y + 24
    write(page, words.say("labels.run.sums"), 24, (EDGE, y, INNER), bold=True)
    y += 44
    cells = ["aboard", "delivered", "elsewhere", "back", "exceptions"]
    width = INNER // len(cells)
    for step, cell in enumerate(cells):
        x = EDGE + step * width
        write(page, words.say(f"labels.run.{cell}"), 19, (x, y, width - 40), most=2)
        if step:
            page.add(Line(x - 34, y + 92, 34, "=" if step == 1 else "+", bold=True))
            page.add(Box(x, y + 96, width - 50, RULE))
        else:
            page.add(Line(x, y + 92, 40, str(len(run.parcels)), bold=True))
    y += 190
    half = INNER // 3
    for step, who in enumerate(("signs_driver", "signs_out", "signs_in")):
        signature(page, EDGE + step * half, y, half - 40, words.say(f"labels.run.{who}"))


def _foot(run: RunSheet, words: Catalogue, count: _Count, number: int) -> str:
    here, so_far = count.of_page[number - 1], sum(count.of_page[:number])
    said = words.say("labels.run.count", here=here, so_far=so_far, of=len(run.parcels))
    return f"{run.route} · {run.day.isoformat()} · {said}"
