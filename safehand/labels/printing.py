"""From a label to the bytes that a printer takes."""

from dataclasses import dataclass

from safehand.kernel.catalogue import Catalogue
from safehand.labels.layout import A6, FOUR_BY_SIX, lay_out
from safehand.labels.model import Format, Label
from safehand.labels.pdf import draw_pdf
from safehand.labels.zpl import draw_zpl


@dataclass(frozen=True, slots=True)
class Printed:
    """Finished paper.

    `unprinted` are the characters that stand as a replacement sign because no font has them, `shortened` the blocks
    (`recipient`, `sender`, `facts`) that did not fit whole even in the smallest letters, `pages` how many there are.
    """

    body: bytes
    media_type: str
    unprinted: tuple[str, ...] = ()
    shortened: tuple[str, ...] = ()
    pages: int = 1


def print_label(label: Label, format: Format, words: Catalogue, discreet: bool = False) -> Printed:
    """The label as a file; the same label, format and language give the same bytes.

    Shapes
        label     everything that is known; with `discreet`, what must not be seen is taken away before it is laid out.
        format    ZPL is for paper of 4 x 6 inches at 203 dpi.
    Cost
        Some 10 ms; the first with a letter outside Windows-1252 loads a font, half a second. Safe in several threads.
    """
    shown = label.discreet() if discreet else label
    page = lay_out(shown, A6 if format is Format.PDF_A6 else FOUR_BY_SIX, words)
    if format is Format.ZPL:
        body, media_type = draw_zpl(page), "application/vnd.zebra.zpl"
    else:
        body, media_type = draw_pdf(page), "application/pdf"
    return Printed(body, media_type, tuple(sorted(page.unprinted)), tuple(page.shortened))
