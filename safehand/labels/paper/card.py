"""The missed-you card and the label of a found parcel: one small page each, for the office's and the van's printer.

The card lies where others can read it. It tells what happened, where the parcel can be had and until when; how to get
it out is on the recipient's own page and in the message, and the card says so in the place where a code would stand.
"""

from safehand.kernel.catalogue import Catalogue
from safehand.labels import symbols
from safehand.labels.layout import (
    HEAD_HEIGHT,
    HEAVY,
    MARGIN,
    QR_QUIET,
    RULE,
    SSCC_BARS,
    SSCC_MODULE,
    Bars,
    Box,
    CarrierMark,
    Line,
    Page,
    PageSize,
    Square,
    block,
    caption,
)
from safehand.labels.numbers import read_number, read_sscc, read_tracking
from safehand.labels.paper.model import COLLECTED, FoundLabel, MissedCard, Spot, Whereabouts
from safehand.labels.paper.sheet import clock, day_in_words, frame, moment, write
from safehand.labels.typeface import REPLACEMENT, Run, printable

QR_SIDE = 230
CARD_FOOT = 428
CARD_BARS = 88  # 11 mm
CARD_MODULE = 3
CODE_HEIGHT = 128
FOUND_FOOT = 344
LINK_SIZES = (26, 24, 22, 20, 18, 16)
SIZES = (36, 33, 30, 27, 24, 21, 18, 16)


def lay_out_card(card: MissedCard, size: PageSize, words: Catalogue) -> Page:
    """The card, in the language of `words`: the recipient's."""
    page = Page(size, read_tracking(card.number).grouped, card.carrier)
    _band(page, card.carrier)
    foot = size.height - CARD_FOOT
    code_top = foot - CODE_HEIGHT - 20 if card.where in COLLECTED else foot
    y = write(page, words.say(f"labels.card.{card.missed}"), 50, (MARGIN, HEAD_HEIGHT + 8, page.inner), bold=True)
    body = [_came(card, words), *_where(card, words)]
    block(page, "card", body, SIZES, (MARGIN, y + 12, page.inner, code_top - y - 24), first_bold=False)
    if card.where in COLLECTED:
        _code_area(page, code_top, words)
    _card_foot(page, card, foot, words)
    return _noted(page, words, foot - 8)


def lay_out_found(found: FoundLabel, size: PageSize, words: Catalogue) -> Page:
    """The label that a found parcel gets."""
    page = Page(size, f"(00) {found.sscc}", found.carrier)
    _band(page, found.carrier)
    top = HEAD_HEIGHT + 10
    page.add(Box(MARGIN, top, page.inner, 92))
    said = words.say("labels.found.title").upper()
    run = Run(said, 56, bold=True)
    size_that_fits = 56 if run.width <= page.inner - 40 else int(56 * (page.inner - 40) / run.width)
    page.say(MARGIN + 20, top + 66, size_that_fits, said, bold=True, white=True)
    foot = size.height - FOUND_FOOT
    block(
        page, "found", _found_facts(found, words), SIZES, (MARGIN, top + 108, page.inner, foot - top - 132),
        first_bold=False,
    )  # fmt: skip
    _found_foot(page, found, foot)
    return _noted(page, words, foot - 10)


def _band(page: Page, carrier: str) -> None:
    page.add(CarrierMark(MARGIN, 28, 64))
    write(page, carrier, 40, (MARGIN + 84, 32, page.inner - 84), bold=True, most=1)
    page.rule(HEAD_HEIGHT - RULE)


def _came(card: MissedCard, words: Catalogue) -> str:
    at = {"day": day_in_words(card.at.date(), words), "clock": clock(card.at, words)}
    if card.recipient:
        return words.say("labels.card.came_to", name=card.recipient, **at)
    return words.say("labels.card.came", **at)


def _where(card: MissedCard, words: Catalogue) -> list[str]:
    said = [words.say(f"labels.card.at_{card.where}")]
    if card.again_on:
        said.append(words.say("labels.card.again", day=day_in_words(card.again_on, words)))
    if card.spot:
        said.extend(_spot(card.spot))
    if card.held_until:
        said.append(words.say("labels.card.held", day=day_in_words(card.held_until, words)))
    if card.where is not Whereabouts.CHOSEN:
        said.append(words.say("labels.card.change"))
    return said


def _spot(spot: Spot) -> list[str]:
    where = ", ".join(part for part in (spot.name, spot.street, spot.town) if part)
    return [where, *([spot.hours] if spot.hours else [])]


def _code_area(page: Page, top: int, words: Catalogue) -> None:
    """Where a code would stand, what to do instead: whoever finds the card must not get the parcel."""
    frame(page, (MARGIN, top, page.inner, CODE_HEIGHT), HEAVY)
    caption(page, MARGIN + 18, top + 28, words.say("labels.card.code"))
    block(
        page, "code", [words.say("labels.card.no_code")], (26, 24, 22, 20, 18),
        (MARGIN + 18, top + 34, page.inner - 36, CODE_HEIGHT - 42), first_bold=False,
    )  # fmt: skip


def _card_foot(page: Page, card: MissedCard, top: int, words: Catalogue) -> None:
    page.rule(top, HEAVY)
    link = symbols.qr(card.link)
    module = QR_SIDE // link.width
    quiet = QR_QUIET * module
    page.add(Square(MARGIN, top + HEAVY + quiet - 8, module, card.link, link))
    x = MARGIN + module * link.width + quiet + 12
    width = page.size.width - MARGIN - x
    y = write(page, words.say("labels.card.link"), 25, (x, top + 24, width), most=4)
    size = next((size for size in LINK_SIZES if Run(card.link, size, bold=True).width <= width), LINK_SIZES[-1])
    write(page, card.link, size, (x, y + 10, width), bold=True)
    bars = symbols.code_128(card.number)
    bars_y = page.size.height - CARD_BARS - 64
    x = (page.size.width - bars.width * CARD_MODULE) // 2
    page.add(Bars(x, bars_y, CARD_MODULE, CARD_BARS, card.number, False, bars))
    said = read_tracking(card.number).grouped
    page.add(Line(x, bars_y + CARD_BARS + 32, 28, said, bold=True, centred_in=bars.width * CARD_MODULE))


def _found_facts(found: FoundLabel, words: Catalogue) -> list[str]:
    said = [
        words.say("labels.found.at", depot=found.depot, where=found.where),
        words.say("labels.found.when", moment=moment(found.found_at, words), by=found.by),
    ]
    if found.replaces:
        said.append(words.say("labels.found.replaces", number=read_number(found.replaces).grouped))
    else:
        said.append(words.say("labels.found.unknown"))
    if found.case:
        said.append(words.say("labels.found.case", case=found.case))
    if found.weight_g is not None:
        said.append(words.say("labels.found.weight", grams=found.weight_g))
    if found.sides_mm:
        said.append(words.say("labels.found.sides", sides=" x ".join(map(str, found.sides_mm))))
    return [*said, words.say("labels.found.keep")]


def _found_foot(page: Page, found: FoundLabel, top: int) -> None:
    page.rule(top, HEAVY)
    matrix = symbols.gs1_128(found.sscc)
    width = matrix.width * SSCC_MODULE
    x = (page.size.width - width) // 2
    page.add(Bars(x, top + 20, SSCC_MODULE, SSCC_BARS, found.sscc, True, matrix))
    said = f"(00) {read_sscc(found.sscc).grouped}"
    page.add(Line(x, top + 20 + SSCC_BARS + 38, 36, said, bold=True, centred_in=width))


def _noted(page: Page, words: Catalogue, y: int) -> Page:
    """Say what the replacement sign means, where one stands."""
    if page.unprinted:
        page.say(MARGIN, y, 15, printable(f"{REPLACEMENT} {words.say('labels.word.unprinted')}", page.unprinted))
        page.unprinted.discard(REPLACEMENT)
    return page
