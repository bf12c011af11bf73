"""An export on paper: the facts of the JSON as a PDF of plain lines. Pictures are named; the JSON has their bytes."""

import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from safehand.labels.typeface import Run, broken, printable

MARGIN, TOP, BOTTOM = 50, 790, 50
SIZE, LEADING, INDENT = 9, 12.5, 14
PAGES_MAX = 5_000
LEFT_OUT = frozenset({"base64"})


def as_pdf(export: Mapping[str, Any]) -> bytes:
    """The export as a file. What is longer than PAGES_MAX pages ends with dots."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(str(export["format"]))
    canvas.setAuthor(printable(str(export["carrier"]), set()))
    y, pages = float(TOP), 1
    for depth, text, bold in _lines(export, 0):
        for part in broken(printable(text, set()), SIZE, bold, A4[0] - 2 * MARGIN - depth * INDENT):
            if y < BOTTOM:
                canvas.showPage()
                y, pages = TOP, pages + 1
            if pages > PAGES_MAX:
                canvas.drawString(MARGIN, y, "...")
                canvas.save()
                return out.getvalue()
            canvas.setFont(Run(part, SIZE, bold).face, SIZE)
            canvas.drawString(MARGIN + depth * INDENT, y, part)
            y -= LEADING
    canvas.save()
    return out.getvalue()


def _lines(said: Mapping[str, Any], depth: int) -> Iterator[tuple[int, str, bool]]:
    """Each line with how far it is set in, and whether it is a heading."""
    for name, value in said.items():
        word = name.removesuffix("_ms").replace("_", " ")
        if name in LEFT_OUT or value in (None, "", [], {}):
            continue
        if isinstance(value, Mapping):
            yield depth, word, True
            yield from _lines(value, depth + 1)
        elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
            for place, one in enumerate(value, 1):
                yield depth, f"{word} {place} / {len(value)}", True
                yield from _lines(one, depth + 1)
        elif isinstance(value, int) and name.endswith("_ms"):
            yield depth, f"{word}: {datetime.fromtimestamp(value / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC", False
        else:
            yield depth, f"{word}: {', '.join(map(str, value)) if isinstance(value, list | tuple) else value}", False
