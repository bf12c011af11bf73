"""From sheets and cards to the bytes that a printer takes: the same ones for the same sheet and language."""

from collections.abc import Sequence

from safehand.kernel.catalogue import Catalogue
from safehand.labels.layout import A6, FOUR_BY_SIX, Page, PageSize
from safehand.labels.model import Format, between
from safehand.labels.paper.card import lay_out_card, lay_out_found
from safehand.labels.paper.fallback_sheet import lay_out_fallback
from safehand.labels.paper.model import PRINT_PARCELS_MAX, FallbackSheet, FoundLabel, MissedCard, RunSheet
from safehand.labels.paper.run_sheet import lay_out_run
from safehand.labels.pdf import draw_pdf
from safehand.labels.printing import Printed
from safehand.labels.zpl import draw_zpl

SHEETS_MAX = 200


def print_run_sheets(runs: Sequence[RunSheet], words: Catalogue) -> Printed:
    """One PDF of A4 pages; each sheet counts its own.

    Shapes
        runs   1 .. SHEETS_MAX of them, of PRINT_PARCELS_MAX parcels in all.
        words  the depot's language.
    Errors
        FieldInvalid  more than that.
    Cost
        Some 3 ms a parcel, a page of 12 in 40 ms: not on an event loop. Safe in several threads.
    """
    between("sheets", len(runs), 1, SHEETS_MAX)
    between("parcels", sum(len(run.parcels) for run in runs), 1, PRINT_PARCELS_MAX)
    return _pdf([page for run in runs for page in lay_out_run(run, words)])


def print_fallback_sheets(sheets: Sequence[FallbackSheet], words: Catalogue) -> Printed:
    """One PDF of A4 pages. Printed each night, while there is power.

    Shapes
        sheets  1 .. SHEETS_MAX of them, of PRINT_PARCELS_MAX rows in all.
    Errors
        FieldInvalid  more than that.
    """
    between("sheets", len(sheets), 1, SHEETS_MAX)
    between("rows", sum(len(sheet.expected) + sheet.blank_rows for sheet in sheets), 1, PRINT_PARCELS_MAX)
    return _pdf([page for sheet in sheets for page in lay_out_fallback(sheet, words)])


def print_missed_card(card: MissedCard, format: Format, words: Catalogue) -> Printed:
    """The card for a letterbox. `words` is the recipient's language."""
    return _small(lay_out_card(card, _size(format), words), format)


def print_found_label(found: FoundLabel, format: Format, words: Catalogue) -> Printed:
    """The label for a parcel that was found without one."""
    return _small(lay_out_found(found, _size(format), words), format)


def _size(format: Format) -> PageSize:
    return A6 if format is Format.PDF_A6 else FOUR_BY_SIX


def _small(page: Page, format: Format) -> Printed:
    if format is Format.ZPL:
        return Printed(
            draw_zpl(page), "application/vnd.zebra.zpl", tuple(sorted(page.unprinted)), tuple(page.shortened)
        )
    return _pdf([page])


def _pdf(pages: list[Page]) -> Printed:
    unprinted = sorted({char for page in pages for char in page.unprinted})
    shortened = tuple(dict.fromkeys(name for page in pages for name in page.shortened))
    return Printed(draw_pdf(*pages), "application/pdf", tuple(unprinted), shortened, len(pages))
