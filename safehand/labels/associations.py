"""Which application identifiers must or must not stand together in one element string.

A reader of labels takes each value for itself (elements.py): a parcel is found although its label forgot the count of
what is in it. Who prints a label, or is asked why another's is refused elsewhere, asks here.

A line of a table is `what is asked for  identifiers that ask`. Alternatives are set apart by commas, what must come
together by +; an n stands for any digit, and a range for all in it.

Source: GS1 General Specifications 4.14; a test holds both tables against GS1's own syntax dictionary.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from safehand.labels.errors import ElementAlone, ElementsApart

_NEEDS = """
37                           02 8026
01,02,03,8006,8026           10 11 13 15 16 20 240 241 422
8020                         12 391n 415
01,02,03,255,8006,8026       17
01,03,8006                   21 251 7021 8012
01                           22 235 337n 710-717 8001 8014 8200
01,02,8006,8026              242 7001
01,03                        243
01+21,03+21,8006+21          250
414                          254
01,02                        30 310n-316n 320n-329n 350n-352n 356n-357n 360n-361n 364n-366n
01,02                        7002 7005-7009 7030-7039 8005
00,01                        330n-336n 340n-349n 353n-355n 362n-363n 367n-369n
00+02,00+8026                37
255,8020                     390n
01+30,01+31nn,01+32nn,01+35nn,01+36nn  392n
30,31nn,32nn,35nn,36nn       393n 395n
255                          394n 8111
00                           403 4300-4302 4304-4312 4314-4326 4330-4333 7041
01,02,03                     423-426 7003 7010-7011 8008
01+422,02+422,03+422         427
4302                         4303
4312                         4313
01+10,03+10                  7004
01+416,03+416,8006+416       7020
01+7021,03+7021,8006+7021    7022
01,8004                      7230-7239
01,8006                      7240
8017,8018                    7241-7242 7253-7256 8019
8018                         7250-7252 7257 7259
8018+7259                    7258
415                          8007 8020
00,01,03                     8009
8010                         8011
00,01+21,03+21,253,255,8003,8004,8006+21,8010+8011,8017,8018  8030
01+21                        8040
01+21+8040                   8041-8043
"""
_APART = """
255,37                       01
01,03                        02
01,02,37,235                 03
235                          21
01,02,415,8006,8020,8026     255
390n,391n,394n,8111          390n
391n                         391n
392n,393n                    392n
393n                         393n
394n,8111                    394n
392n,393n,395n,8005          395n
421                          420
4307                         421
426                          422-425
4331                         4330
4330                         4331
4333                         4332
4332                         4333
03                           7240
7251                         7250
7250                         7251
7256,7259                    7253-7255
7256                         7259
01,03,37                     8006
8018                         8017
8017                         8018
02,03,8006                   8026
"""
_MEASURES = re.compile(r"3[1-6]\d\d")  # a measure is told once, whatever its decimal places
_SIGNED = {"253": 13, "255": 13, "8003": 14}
"""Keys whose signature (8030) needs their serial, and how long they are without it."""


def hold_together(found: Mapping[str, str]) -> None:
    """That the identifiers of an element string go together.

    Shapes
        found  as elements.py reads it.
    Errors
        ElementAlone   an identifier needs another that is not there; the first such, in the order of the string.
        ElementsApart  two of them exclude each other.
    """
    for identifier in found:
        for other in found:
            if other != identifier and any(_is(pattern, other) for pattern in excludes(identifier)):
                raise ElementsApart(identifier, other)
        ways = needs(identifier)
        if ways and not any(all(_any(part, found) for part in way.split("+")) for way in ways):
            raise ElementAlone(identifier, ", ".join(sorted(ways)))
    if "8030" in found:
        for key, digits in _SIGNED.items():
            if len(found.get(key, "")) == digits:
                raise ElementAlone("8030", f"({key}) with its serial")


def needs(identifier: str) -> frozenset[str]:
    """What must stand beside an identifier: one of these; empty if it stands alone."""
    return _asked(_needed(), identifier)


def excludes(identifier: str) -> frozenset[str]:
    """What must not stand beside an identifier."""
    own = frozenset({identifier[:3] + "n"}) if _MEASURES.fullmatch(identifier) else frozenset[str]()
    return own | _asked(_apart(), identifier)


@cache
def _needed() -> Mapping[str, frozenset[str]]:
    return dict(_lines(_NEEDS))


@cache
def _apart() -> Mapping[str, frozenset[str]]:
    return dict(_lines(_APART))


def _lines(told: str) -> Iterator[tuple[str, frozenset[str]]]:
    for line in told.strip().splitlines():
        said, *askers = line.split()
        for asker in askers:
            yield from ((one, frozenset(said.split(","))) for one in _each(asker))


def _each(asker: str) -> Iterator[str]:
    """`310n-316n` is 310n, 311n ... 316n."""
    first, _, last = asker.partition("-")
    start, end = first.rstrip("n"), (last or first).rstrip("n")
    for number in range(int(start), int(end) + 1):
        yield f"{number:0{len(start)}}" + "n" * (len(first) - len(start))


def _asked(by: Mapping[str, frozenset[str]], identifier: str) -> frozenset[str]:
    return by.get(identifier) or by.get(identifier[:-1] + "n") or frozenset()


def _any(pattern: str, found: Iterable[str]) -> bool:
    return any(_is(pattern, identifier) for identifier in found)


def _is(pattern: str, identifier: str) -> bool:
    return len(pattern) == len(identifier) and identifier.startswith(pattern.rstrip("n"))
