"""The one design of a label, as marks on a grid of dots; pdf.py and zpl.py put the same marks on paper.

From the top: who carries it and how; who sent it; who gets it, as large as fits; where it goes (the postal code is the
largest thing on the page) with the link for any phone; the number for the machines.

A dot is 0.125 mm: a print head of 203 dpi has 8 a millimetre and one of 300 dpi nearly 12, so that a module of an even
number of dots prints with even bars on both. The SSCC's module is 4 dots, 0.5 mm: GS1 asks for 0.495 mm or more on a
logistic label, bars of 31.75 mm, and ten modules of quiet on either side, which the margins hold.
"""

from dataclasses import dataclass, field

from safehand.kernel.catalogue import Catalogue
from safehand.labels import symbols
from safehand.labels.model import Address, Label
from safehand.labels.numbers import read_s10, read_sscc, read_tracking
from safehand.labels.symbols import Matrix
from safehand.labels.typeface import REPLACEMENT, Run, broken, printable

DOTS_PER_MM = 8
MARGIN = 32
SSCC_MODULE = 4
SSCC_BARS = 256  # 32 mm
S10_MODULE = 3  # 0.375 mm
S10_BARS = 104  # 13 mm; UPU S10 asks for 12.5
QR_SIDE_MOST = 186
QR_QUIET = 4  # modules
RULE, HEAVY = 2, 5
FOOT_HEIGHT = 344
ROUTE_HEIGHT = 290
HEAD_HEIGHT = 108
SENDER_HEIGHT = 100

ADDRESS_SIZES = (56, 52, 48, 44, 40, 36, 32, 28, 24, 20, 18, 16)
SENDER_SIZES = (23, 21, 19, 17, 15)
LINE_STEP = 1.18


@dataclass(frozen=True, slots=True)
class PageSize:
    """Paper, in dots."""

    name: str
    width: int
    height: int


A6 = PageSize("A6", 840, 1184)  # 105 x 148 mm
FOUR_BY_SIX = PageSize("4x6 in", 812, 1219)  # 101.6 x 152.4 mm


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text. `y` is its baseline; with `centred_in`, it stands in the middle of so many dots from x on."""

    x: int
    y: int
    size: int
    text: str
    bold: bool = False
    white: bool = False
    centred_in: int = 0

    @property
    def run(self) -> Run:
        """The text as type."""
        return Run(self.text, self.size, self.bold)


@dataclass(frozen=True, slots=True)
class Bars:
    """A linear symbol; `number` is what it says."""

    x: int
    y: int
    module: int
    height: int
    number: str
    gs1: bool
    matrix: Matrix


@dataclass(frozen=True, slots=True)
class Square:
    """A QR Code."""

    x: int
    y: int
    module: int
    address: str
    matrix: Matrix


@dataclass(frozen=True, slots=True)
class CarrierMark:
    """The mark: two hands about a parcel."""

    x: int
    y: int
    side: int


type Mark = Box | Line | Bars | Square | CarrierMark


@dataclass(slots=True)
class Page:
    """A page laid out. `unprinted` are the characters no font has, `shortened` the fields that did not fit whole."""

    size: PageSize
    title: str
    author: str
    marks: list[Mark] = field(default_factory=list)
    unprinted: set[str] = field(default_factory=set)
    shortened: list[str] = field(default_factory=list)

    @property
    def inner(self) -> int:
        """Dots between the margins."""
        return self.size.width - 2 * MARGIN

    def add(self, *marks: Mark) -> None:
        """Put marks on the page."""
        self.marks.extend(marks)

    def rule(self, y: int, thick: int = RULE) -> None:
        """A line across the page."""
        self.add(Box(MARGIN, y, self.inner, thick))

    def say(self, x: int, y: int, size: int, text: str, *, bold: bool = False, white: bool = False) -> Line:
        """A line of somebody's words, with what cannot be printed replaced."""
        line = Line(x, y, size, printable(text, self.unprinted), bold, white)
        self.add(line)
        return line


def lay_out(label: Label, size: PageSize, words: Catalogue) -> Page:
    """All marks of a label.

    Shapes
        label  as it is to be shown: a discreet one was made by `Label.discreet`.
        words  the language of the small captions.
    """
    page = Page(size, f"(00) {label.sscc}", label.carrier)
    _head(page, label)
    top = HEAD_HEIGHT
    if label.sender or label.reference or label.contents or label.value_cents is not None:
        _sender(page, label, words, top)
        top += SENDER_HEIGHT
    route_top = size.height - FOOT_HEIGHT - ROUTE_HEIGHT
    _recipient(page, label.recipient, words, top, route_top)
    _route(page, label, route_top)
    _foot(page, label)
    if page.unprinted:
        note = words.say("labels.word.unprinted")
        page.say(MARGIN, route_top - 10, 15, f"{REPLACEMENT} {note}")
        page.unprinted.discard(REPLACEMENT)
    return page


def money(cents: int, currency: str) -> str:
    """An amount as it is written on a customs form: `129.00 EUR`."""
    return f"{cents // 100}.{cents % 100:02} {currency}"


def _head(page: Page, label: Label) -> None:
    page.add(CarrierMark(MARGIN, 28, 64))
    right = page.size.width - MARGIN
    if label.service:
        size = largest(page, label.service, 34, 260)
        width = int(Run(printable(label.service, page.unprinted), size, bold=True).width) + 36
        page.add(Box(right - width, 32, width, 56))
        page.say(right - width + 18, 60 + size * 36 // 100, size, label.service, bold=True, white=True)
        right -= width + 20
    facts = [f"{label.piece}/{label.pieces}"] if label.pieces > 1 else []
    if label.weight_g is not None:
        facts.append(f"{label.weight_g / 1000:.1f} kg" if label.weight_g >= 1000 else f"{label.weight_g} g")
    for step, fact in enumerate(facts):
        page.say(right - int(Run(fact, 26, bold=True).width), (56, 88)[step], 26, fact, bold=True)
    if facts:
        right -= 130
    x = MARGIN + 80
    size = largest(page, label.carrier, 46, right - x - 16)
    page.say(x, 76, size, label.carrier, bold=True)
    page.rule(HEAD_HEIGHT - RULE)


def _sender(page: Page, label: Label, words: Catalogue, top: int) -> None:
    half = page.inner * 56 // 100
    if label.sender:
        caption(page, MARGIN, top + 22, words.say("labels.word.from"))
        lines = [label.sender.name, ", ".join(label.sender.lines)]
        block(page, "sender", lines, SENDER_SIZES, (MARGIN, top + 30, half - 20, SENDER_HEIGHT - 38))
    facts = []
    if label.reference:
        facts.append(f"{words.say('labels.word.reference')} {label.reference}")
    if label.contents:
        facts.append(f"{words.say('labels.word.contents')} {label.contents}")
    if label.value_cents is not None:
        facts.append(f"{words.say('labels.word.value')} {money(label.value_cents, label.currency)}")
    if facts:
        page.add(Box(MARGIN + half, top, RULE, SENDER_HEIGHT))
        box = (MARGIN + half + 16, top + 6, page.inner - half - 16, SENDER_HEIGHT - 12)
        block(page, "facts", facts, SENDER_SIZES, box, first_bold=False)
    page.rule(top + SENDER_HEIGHT - RULE)


def _recipient(page: Page, recipient: Address, words: Catalogue, top: int, bottom: int) -> None:
    caption(page, MARGIN, top + 24, words.say("labels.word.to"))
    lines = [recipient.name, *(line for line in recipient.lines if line != recipient.country)]
    block(page, "recipient", lines, ADDRESS_SIZES, (MARGIN, top + 34, page.inner, bottom - top - 34 - 34))


def _route(page: Page, label: Label, top: int) -> None:
    page.rule(top, HEAVY)
    link = symbols.qr(label.link)
    module = QR_SIDE_MOST // link.width
    side = module * link.width
    qr_x = page.size.width - MARGIN - side
    qr_y = top + HEAVY + QR_QUIET * module
    page.add(Square(qr_x, qr_y, module, label.link, link))
    if label.tracking:
        _, first, second, third = read_tracking(label.tracking).grouped.split(" ")
        for step, text in enumerate((f"SH {first}", f"{second} {third}")):
            baseline = qr_y + side + QR_QUIET * module + 21 + step * 28
            page.add(Line(qr_x, baseline, 27, text, bold=True, centred_in=side))
    left = qr_x - module * QR_QUIET - MARGIN - 8
    height = ROUTE_HEIGHT
    if label.s10:
        height -= S10_BARS + 48
        bars_y = top + height + 6
        page.add(Bars(MARGIN, bars_y, S10_MODULE, S10_BARS, label.s10, False, symbols.code_128(label.s10)))
        said = read_s10(label.s10).grouped
        width = S10_MODULE * symbols.code_128(label.s10).width
        page.add(Line(MARGIN, bars_y + S10_BARS + 28, 26, said, centred_in=width))
    _postal_code(page, label, top + HEAVY, height - HEAVY, left)


def _postal_code(page: Page, label: Label, top: int, height: int, width: int) -> None:
    """The postal code as large as its cell allows, the country before it, the carrier's own sorting hint under it."""
    route = label.route if label.route != label.recipient.postal_code else ""
    hint = height * 26 // 100 if route else 0
    room = height - hint - 26
    x = MARGIN
    if label.recipient.country:
        edge = min(room, 84)
        page.add(Box(x, top + 14, edge, edge))
        baseline = top + 14 + edge * 72 // 100
        page.add(Line(x, baseline, edge * 60 // 100, label.recipient.country, bold=True, white=True, centred_in=edge))
        x += edge + 18
    code = label.recipient.postal_code
    if code:
        size = largest(page, code, min(room * 100 // 72, 230), MARGIN + width - x)
        page.add(Line(x, top + 14 + size * 72 // 100, size, code, bold=True))
    if route:
        size = largest(page, route, min(hint * 80 // 100, 46), width)
        page.say(MARGIN, top + height - hint // 4, size, route, bold=True)


def largest(page: Page, text: str, size: int, width: int) -> int:
    """The size, up to this one, at which the text takes no more than `width`."""
    run = Run(printable(text, page.unprinted), size, bold=True)
    return size if run.width <= width else int(size * width / run.width)


def _foot(page: Page, label: Label) -> None:
    top = page.size.height - FOOT_HEIGHT
    page.rule(top, HEAVY)
    matrix = symbols.gs1_128(label.sscc)
    width = matrix.width * SSCC_MODULE
    x = (page.size.width - width) // 2
    page.add(Bars(x, top + 20, SSCC_MODULE, SSCC_BARS, label.sscc, True, matrix))
    said = f"(00) {read_sscc(label.sscc).grouped}"
    page.add(Line(x, top + 20 + SSCC_BARS + 38, 36, said, bold=True, centred_in=width))


def caption(page: Page, x: int, y: int, text: str) -> None:
    """What a field is called, small above it."""
    page.say(x, y, 16, text.upper())


def block(
    page: Page,
    name: str,
    paragraphs: list[str],
    sizes: tuple[int, ...],
    box: tuple[int, int, int, int],
    *,
    first_bold: bool = True,
) -> None:
    """Paragraphs under one another, in the largest size at which all fit; the first may be bold and a little larger."""
    x, y, width, height = box
    texts = [printable(paragraph, page.unprinted) for paragraph in paragraphs if paragraph]
    lines: list[Line] = []
    for size in sizes:
        lines = _set_in(texts, size, (x, y, width), first_bold)
        if lines[-1].y + size // 4 <= y + height:
            break
    fitting = [line for line in lines if line.y + line.size // 4 <= y + height]
    if len(fitting) < len(lines):
        page.shortened.append(name)
        last = fitting[-1]
        fitting[-1] = Line(last.x, last.y, last.size, last.text[:-2] + "…", last.bold)
    page.add(*fitting)


def _set_in(texts: list[str], size: int, place: tuple[int, int, int], first_bold: bool) -> list[Line]:
    x, baseline, width = place
    lines: list[Line] = []
    for step, text in enumerate(texts):
        bold = first_bold and step == 0
        own = size * 114 // 100 if bold else size
        for piece in broken(text, own, bold, width):
            baseline += int(own * LINE_STEP) if lines else own
            lines.append(Line(x, baseline, own, piece, bold))
    return lines
