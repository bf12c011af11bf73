"""A printer of 203 dpi that knows just the ZPL a label uses, and complains of everything else."""

import re
from dataclasses import dataclass, field

import zxingcpp
from PIL import Image, ImageDraw, ImageFont

# Code 128: widths of bars and spaces of the 103 values, then start A, B, C and stop.
_WIDTHS_TOLD = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 "
    "123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 "
    "232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 "
    "111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 "
    "111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112"
)
_WIDTHS = _WIDTHS_TOLD.split()
_STARTS = {":": ("B", 104), ";": ("C", 105)}
_SWITCHES = {"5": ("C", 99), "6": ("B", 100)}
_FNC1 = 102


@dataclass
class Printout:
    """What came out: the picture, the words of every text field, and the data of every barcode."""

    picture: Image.Image
    words: list[str] = field(default_factory=list)
    barcodes: list[str] = field(default_factory=list)


@dataclass
class _Field:
    x: int = 0
    y: int = 0
    baseline: bool = False
    font: tuple[int, int] | None = None
    centred_in: int = 0
    hexadecimal: bool = False
    reverse: bool = False
    code: tuple[str, int] | None = None
    data: str | None = None


def printed(zpl: bytes) -> Printout:
    """Print one format; ValueError for a command that no label of ours has a use for."""
    text = zpl.decode("ascii")
    if not text.startswith("^XA") or not text.endswith("^XZ\n") or text.count("^XA") != 1 or "~" in text:
        raise ValueError("not one format")
    width, height = (int(re.search(rf"\^{name}(\d+)", text)[1]) for name in ("PW", "LL"))  # type: ignore[index]
    out = Printout(Image.new("L", (width, height), 255))
    now, module = _Field(), 2
    for command, rest in re.findall(r"\^([A-Z][A-Z0-9])([^^]*)", text):
        parameters = rest.rstrip("\n").split(",")
        match command:
            case "XA" | "XZ" | "CI" | "PW" | "LL" | "LH" | "LS" | "PO" | "FW" | "PQ":
                pass
            case "FO" | "FT":
                now.x, now.y, now.baseline = int(parameters[0]), int(parameters[1]), command == "FT"
            case "GB":
                _box(out, now, [int(number) for number in parameters[:3]])
            case "GF":
                _graphic(out, now, parameters)
            case "A0":
                now.font = (int(parameters[1]), int(parameters[2]))
            case "FB":
                now.centred_in = int(parameters[0])
            case "FH":
                now.hexadecimal = True
            case "FR":
                now.reverse = True
            case "BY":
                module = int(parameters[0])
            case "BC":
                now.code = ("128", int(parameters[1]))
            case "BQ":
                now.code = ("QR", int(parameters[2]))
            case "FD":
                now.data = rest
            case "FS":
                if now.data is not None:
                    _data(out, now, module)
                now = _Field()
            case _:
                raise ValueError(f"^{command}")
    return out


def _data(out: Printout, now: _Field, module: int) -> None:
    text = now.data or ""
    if now.hexadecimal:
        raw = re.sub(rb"_([0-9A-F]{2})", lambda found: bytes.fromhex(found[1].decode()), text.encode())
        text = raw.decode("utf-8")
    if now.code is None:
        out.words.append(text)
        _letters(out, now, text)
    elif now.code[0] == "QR":
        assert text.startswith("MA,")
        out.barcodes.append(text[3:])
        _qr(out, now, text[3:])
    else:
        out.barcodes.append(text)
        x = now.x
        for step, modules in enumerate("".join(_WIDTHS[value] for value in code_128_values(text))):
            if step % 2 == 0:
                _ink(out, (x, now.y, int(modules) * module, now.code[1]))
            x += int(modules) * module


def code_128_values(data: str) -> list[int]:
    """The symbol values of ^BC data in mode N: start, data, check, stop."""
    subset, start = _STARTS[data[1]]
    values, rest = [start], data[2:]
    while rest:
        if rest.startswith(">8"):
            values.append(_FNC1)
            rest = rest[2:]
        elif rest.startswith(">"):
            subset, value = _SWITCHES[rest[1]]
            values.append(value)
            rest = rest[2:]
        elif subset == "C":
            values.append(int(rest[:2]))
            rest = rest[2:]
        else:
            values.append(ord(rest[0]) - 32)
            rest = rest[1:]
    check = (values[0] + sum(step * value for step, value in enumerate(values[1:], 1))) % 103
    return [*values, check, 106]


def _qr(out: Printout, now: _Field, address: str) -> None:
    assert now.code is not None
    symbol = zxingcpp.create_barcode(address, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = zxingcpp.write_barcode_to_image(symbol, scale=now.code[1], add_quiet_zones=False)
    height, width = image.shape
    out.picture.paste(Image.frombytes("L", (width, height), bytes(image)), (now.x, now.y + 10))


def _graphic(out: Printout, now: _Field, parameters: list[str]) -> None:
    assert parameters[0] == "A"
    total, row_bytes = int(parameters[1]), int(parameters[3])
    rows: list[str] = []
    row, count = "", 0
    for char in ",".join(parameters[4:]):
        if char == ":":
            rows.append(rows[-1])
        elif char == ",":
            rows.append(row.ljust(row_bytes * 2, "0"))
            row = ""
        elif "G" <= char <= "Y":
            count += ord(char) - ord("F")
        elif "g" <= char <= "z":
            count += 20 * (ord(char) - ord("f"))
        else:
            row += char * (count or 1)
            count = 0
            if len(row) == row_bytes * 2:
                rows.append(row)
                row = ""
    raw = bytes.fromhex("".join(rows))
    assert len(raw) == total, (len(raw), total)
    ink = Image.frombytes("1", (row_bytes * 8, total // row_bytes), raw).convert("L")
    out.picture.paste(255 if now.reverse else 0, (now.x, now.y), ink)


def _box(out: Printout, now: _Field, sizes: list[int]) -> None:
    width, height, thick = sizes
    assert thick == min(width, height)
    _ink(out, (now.x, now.y, width, height))


def _ink(out: Printout, box: tuple[int, int, int, int]) -> None:
    x, y, width, height = box
    out.picture.paste(0, (x, y, x + width, y + height))


def _letters(out: Printout, now: _Field, text: str) -> None:
    """Letters only roughly like the printer's, so that a picture can be looked at."""
    assert now.font is not None
    font = ImageFont.load_default(now.font[0])
    x = now.x + int(max(0, now.centred_in - font.getlength(text)) / 2)
    pen = ImageDraw.Draw(out.picture)
    fill = 255 if now.reverse else 0
    y = now.y if now.baseline else now.y + now.font[0] * 3 // 4
    pen.text((x, y), text, font=font, fill=fill, anchor="ls")
