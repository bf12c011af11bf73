"""Pages as PDF: bars as filled rectangles, the same bytes for the same pages."""

import io
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from safehand.labels.layout import DOTS_PER_MM, Bars, Box, CarrierMark, Line, Page, Square
from safehand.labels.typeface import HEAVIER, Face

POINTS_PER_DOT = 72 / 25.4 / DOTS_PER_MM
_HAIR = 0.04  # dots
_MARK_UNITS = 24  # the side of the drawing that the mark is taken from


def draw_pdf(first: Page, *others: Page) -> bytes:
    """The pages as a file. It tells no more than they do: its title and author are those of the first."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=_paper(first), invariant=1, pageCompression=1)
    canvas.setTitle(first.title)
    canvas.setAuthor(first.author)
    canvas.setSubject("")
    canvas.setCreator("Safehand")
    for page in (first, *others):
        _draw(canvas, page)
    canvas.save()
    return out.getvalue()


def _paper(page: Page) -> tuple[float, float]:
    return page.size.width * POINTS_PER_DOT, page.size.height * POINTS_PER_DOT


def _draw(canvas: Any, page: Page) -> None:
    canvas.setPageSize(_paper(page))
    canvas.scale(POINTS_PER_DOT, POINTS_PER_DOT)
    for mark in page.marks:
        match mark:
            case Box():
                _fill(canvas, page, mark)
            case Line():
                _line(canvas, page, mark)
            case Bars():
                _bars(canvas, page, mark)
            case Square():
                _square(canvas, page, mark)
            case CarrierMark():
                _carrier_mark(canvas, page, mark)
    canvas.showPage()


def _fill(canvas: Any, page: Page, box: Box) -> None:
    canvas.rect(box.x, page.size.height - box.y - box.height, box.width, box.height, stroke=0, fill=1)


def _line(canvas: Any, page: Page, line: Line) -> None:
    run = line.run
    x = line.x + (line.centred_in - run.width) / 2 if line.centred_in else line.x
    grey = 1 if line.white else 0
    text = canvas.beginText(x, page.size.height - line.y)
    text.setFont(run.face, line.size)
    text.setFillGray(grey)
    heavier = line.bold and run.face is Face.NOTO
    if heavier:
        canvas.setLineWidth(line.size * HEAVIER)
        canvas.setStrokeGray(grey)
        text.setTextRenderMode(2)
    text.textOut(line.text)
    if heavier:
        text.setTextRenderMode(0)
    text.setFillGray(0)
    canvas.drawText(text)


def _bars(canvas: Any, page: Page, bars: Bars) -> None:
    """PDF paints every dot that a shape touches: a hair less ink keeps rounding from making each bar a dot wider."""
    y = page.size.height - bars.y - bars.height
    for start, modules in bars.matrix.runs(0):
        x, width = bars.x + start * bars.module + _HAIR, modules * bars.module - 2 * _HAIR
        canvas.rect(x, y, width, bars.height, stroke=0, fill=1)


def _square(canvas: Any, page: Page, square: Square) -> None:
    for row in range(len(square.matrix.rows)):
        y = square.y + row * square.module
        for start, modules in square.matrix.runs(row):
            _fill(canvas, page, Box(square.x + start * square.module, y, modules * square.module, square.module))


def _carrier_mark(canvas: Any, page: Page, mark: CarrierMark) -> None:
    """Two hands that hold a parcel, from the project's own drawing, in black."""
    canvas.saveState()
    canvas.translate(mark.x, page.size.height - mark.y)
    canvas.scale(mark.side / _MARK_UNITS, -mark.side / _MARK_UNITS)
    canvas.setLineWidth(3.4)
    for turn in (0, 180):
        hand = canvas.beginPath()
        hand.moveTo(20, 3.7)
        hand.lineTo(10.4, 3.7)
        hand.curveTo(6.7, 3.7, 3.7, 6.7, 3.7, 10.4)
        hand.lineTo(3.7, 14)
        canvas.saveState()
        canvas.translate(12, 12)
        canvas.rotate(turn)
        canvas.translate(-12, -12)
        canvas.drawPath(hand, stroke=1, fill=0)
        canvas.restoreState()
    canvas.roundRect(8.6, 8.6, 6.8, 6.8, 1.2, stroke=0, fill=1)
    canvas.restoreState()
