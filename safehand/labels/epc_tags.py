"""What is written in a radio tag: the bits of an EPC memory become the EPC that they stand for.

A tag's first byte says which layout follows. All but the header, the filter and a tag's spare bits is in the EPC; how
the bits are cut between company prefix and reference is told by three of them, the partition.

Source: GS1 EPC Tag Data Standard 2.1, sections 14 and 15.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from safehand.labels.epc import SCHEMES, Epc, read_epc
from safehand.labels.errors import TagInvalid

TAG_BITS_MAX = 512
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
_DIGITS_MOST = 12
_PREFIX_BITS = (40, 37, 34, 30, 27, 24, 20)  # of 12, 11 ... 6 digits
_HEADER, _FILTER, _PARTITION = 8, 3, 3
_SIX_BIT_OFFSET = 0x40  # below 32, a six-bit character is a capital or one of a few signs


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout of a tag.

    Shapes
        cut      bits of prefix and reference together; None where the reference has characters of six, ended by a 0.
        serial   bits of the serial; 0 where there is none.
        letters  what comes last is characters of seven bits, not a number.
        pieces   piece and total stand between, seven bits each.
    """

    name: str
    scheme: str
    cut: int | None
    serial: int = 0
    letters: bool = False
    pieces: bool = False


LAYOUTS: Mapping[int, Layout] = MappingProxyType(
    {
        0x2C: Layout("gdti-96", "gdti", 41, 41),
        0x2D: Layout("gsrn-96", "gsrn", 58),
        0x2E: Layout("gsrnp-96", "gsrnp", 58),
        0x30: Layout("sgtin-96", "sgtin", 44, 38),
        0x31: Layout("sscc-96", "sscc", 58),
        0x32: Layout("sgln-96", "sgln", 41, 41),
        0x33: Layout("grai-96", "grai", 44, 38),
        0x34: Layout("giai-96", "giai", 82),
        0x36: Layout("sgtin-198", "sgtin", 44, 140, letters=True),
        0x37: Layout("grai-170", "grai", 44, 112, letters=True),
        0x38: Layout("giai-202", "giai", 188, letters=True),
        0x39: Layout("sgln-195", "sgln", 41, 140, letters=True),
        0x3C: Layout("cpi-96", "cpi", 51, 31),
        0x3D: Layout("cpi-var", "cpi", None, 40),
        0x3E: Layout("gdti-174", "gdti", 41, 119, letters=True),
        0x3F: Layout("sgcn-96", "sgcn", 41, 41),
        0x40: Layout("itip-110", "itip", 44, 38, pieces=True),
        0x41: Layout("itip-212", "itip", 44, 140, letters=True, pieces=True),
    }
)


@dataclass(slots=True)
class _Bits:
    """The memory of a tag, read from the left."""

    given: str
    whole: str
    at: int = 0

    def number(self, count: int) -> int:
        """The next bits as a number."""
        if self.at + count > len(self.whole):
            raise TagInvalid(self.given, "length")
        self.at += count
        return int(self.whole[self.at - count : self.at] or "0", 2)

    def text(self, count: int) -> str:
        """The next bits as characters of seven, up to the first that is 0; what follows it has to be 0 too."""
        codes = [self.number(7) for _ in range(count // 7)]
        self.number(count % 7)
        said = "".join(map(chr, codes)).rstrip("\0")
        if "\0" in said:
            raise TagInvalid(self.given, "characters")
        return said

    def text_to_end(self) -> str:
        """The next bits as characters of six, up to the 0 that ends them."""
        said = ""
        while code := self.number(6):
            said += chr(code + _SIX_BIT_OFFSET if code < _SIX_BIT_OFFSET // 2 else code)
        return said


def read_tag(memory: str) -> Epc:
    """The EPC that a tag stands for.

    Shapes
        memory  hexadecimal, up to TAG_BITS_MAX bits; spare bits at the end are passed over.
    Errors
        TagInvalid                  no such layout, too few bits, or digits and characters that do not fit.
        EpcInvalid, ElementInvalid  the EPC in it breaks a rule.
    """
    bits = _bits(memory)
    layout = LAYOUTS.get(bits.number(_HEADER))
    if layout is None:
        raise TagInvalid(memory, "header")
    bits.number(_FILTER)
    partition = bits.number(_PARTITION)
    if partition >= len(_PREFIX_BITS):
        raise TagInvalid(memory, "partition")
    scheme = SCHEMES[layout.scheme]
    prefix = _digits(bits, _PREFIX_BITS[partition], _DIGITS_MOST - partition)
    reference = _reference(bits, layout, partition)
    of = f"{bits.number(7):02}{bits.number(7):02}" if layout.pieces else ""
    serial = _serial(bits, layout) if scheme.serial is not None else None
    return read_epc(Epc(scheme, prefix, reference, of, serial).name)


def _bits(memory: str) -> _Bits:
    if not _HEXADECIMAL.fullmatch(memory) or len(memory) * 4 > TAG_BITS_MAX:
        raise TagInvalid(memory, "hexadecimal")
    return _Bits(memory, f"{int(memory, 16):0{len(memory) * 4}b}")


def _digits(bits: _Bits, count: int, digits: int) -> str:
    """So many digits; the bits could also have made more of them."""
    number = bits.number(count)
    if number >= 10**digits:
        raise TagInvalid(bits.given, "digits")
    return f"{number:0{digits}}" if digits else ""


def _reference(bits: _Bits, layout: Layout, partition: int) -> str:
    if layout.cut is None:
        return bits.text_to_end()
    count = layout.cut - _PREFIX_BITS[partition]
    scheme = SCHEMES[layout.scheme]
    if scheme.digits is not None:
        return _digits(bits, count, scheme.digits - _DIGITS_MOST + partition)
    return bits.text(count) if layout.letters else str(bits.number(count))


def _serial(bits: _Bits, layout: Layout) -> str:
    if layout.letters:
        return bits.text(layout.serial)
    number = str(bits.number(layout.serial))
    return number[1:] if layout.scheme == "sgcn" else number  # a 1 in front keeps a coupon's leading zeros
