"""Barcodes as modules: zxing-cpp draws them at a pixel a module, and every page sets those crisply at its own size."""

from dataclasses import dataclass

import zxingcpp


@dataclass(frozen=True, slots=True)
class Matrix:
    """A symbol without its quiet zone: rows of modules, True is dark."""

    rows: tuple[tuple[bool, ...], ...]

    @property
    def width(self) -> int:
        """Modules a row."""
        return len(self.rows[0])

    def runs(self, row: int) -> list[tuple[int, int]]:
        """The dark runs of one row: where each begins, and how many modules it has."""
        found: list[tuple[int, int]] = []
        for at, dark in enumerate(self.rows[row]):
            if not dark:
                continue
            if found and sum(found[-1]) == at:
                found[-1] = (found[-1][0], found[-1][1] + 1)
            else:
                found.append((at, 1))
        return found


def gs1_128(sscc: str) -> Matrix:
    """The GS1-128 symbol of an SSCC: 156 modules (start, FNC1, ten pairs, check, stop); one row stands for all.

    Source
        GS1 General Specifications 5.4; Code 128 is ISO/IEC 15417.
    """
    return _one_row(zxingcpp.create_barcode(f"(00){sscc}", zxingcpp.BarcodeFormat.Code128, gs1=True))


def code_128(text: str) -> Matrix:
    """A plain Code 128 of an S10 number: 156 modules too (letters in set B, the eight digits in pairs).

    Source
        UPU S10-12, 7; ISO/IEC 15417.
    """
    return _one_row(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128))


def qr(address: str) -> Matrix:
    """The QR Code of an address, error correction M (a scratch through 15 % of it can be repaired).

    Source
        ISO/IEC 18004; GS1 General Specifications 5.10 for Digital Link.
    """
    return _matrix(zxingcpp.create_barcode(address, zxingcpp.BarcodeFormat.QRCode, ec_level="M"))


def _one_row(symbol: zxingcpp.Barcode) -> Matrix:
    return _matrix(symbol, 1)


def _matrix(symbol: zxingcpp.Barcode, rows: int | None = None) -> Matrix:
    """All rows of a symbol, or the first so many."""
    image = zxingcpp.write_barcode_to_image(symbol, scale=1, add_quiet_zones=False)
    height, width = image.shape
    pixels = bytes(image)
    starts = range(0, width * (rows or height), width)
    return Matrix(tuple(tuple(pixel == 0 for pixel in pixels[at : at + width]) for at in starts))
