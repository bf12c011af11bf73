"""The application identifiers of GS1, as far as a scan must know them: how long a value is and what it may hold.

A line of the table is `identifiers  components`. A component is a kind of character (n digits, x GS1's 82, y its 39,
z base64url) and a length, or `..` and the most; in brackets if it may be missing; after a colon its rules (rules.py).
All identifiers that exist are listed, because one of unknown length makes the rest of a string unreadable. Coupons
(8110, 8112) are held to their length and characters only.

Source: GS1 General Specifications, section 3; tests hold the table against GS1's own syntax dictionary.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

_TABLE = """
00         n18:check
01-03      n14:check
10         x..20
11-13      n6:date0
15-17      n6:date0
20         n2
21-22      x..20
235        x..28
240-241    x..30
242        n..6
243        x..20
250-251    x..30
253        n13:check [x..17]
254        x..20
255        n13:check [n..12]
30 37      n..8
3100-3105 3110-3115 3120-3125 3130-3135 3140-3145 3150-3155 3160-3165   n6
3200-3205 3210-3215 3220-3225 3230-3235 3240-3245 3250-3255 3260-3265 3270-3275 3280-3285 3290-3295   n6
3300-3305 3310-3315 3320-3325 3330-3335 3340-3345 3350-3355 3360-3365 3370-3375   n6
3400-3405 3410-3415 3420-3425 3430-3435 3440-3445 3450-3455 3460-3465 3470-3475 3480-3485 3490-3495   n6
3500-3505 3510-3515 3520-3525 3530-3535 3540-3545 3550-3555 3560-3565 3570-3575   n6
3600-3605 3610-3615 3620-3625 3630-3635 3640-3645 3650-3655 3660-3665 3670-3675 3680-3685 3690-3695   n6
3900-3909  n..15
3910-3919  n3:currency n..15
3920-3929  n..15
3930-3939  n3:currency n..15
3940-3943  n4
3950-3955  n6
400        x..30
401        x..30
402        n17:check
403        x..30
410-417    n13:check
420        x..20
421        n3:country x..9
422        n3:country
423 425    n3:country [n3:country] [n3:country] [n3:country] [n3:country]
424 426    n3:country
427        x..3
4300-4301  x..35:percent
4302-4306  x..70:percent
4307       x2:country2
4308       x..30
4309       n10:latitude n10:longitude
4310-4311  x..35:percent
4312-4316  x..70:percent
4317       x2:country2
4318       x..20
4319       x..30
4320       x..35:percent
4321-4323  n1:yesno
4324-4325  n6:date0 n4:time
4326       n6:date
4330-4333  n6 [x1:hyphen]
7001       n13
7002       x..30
7003       n6:date n4:time
7004       n..4
7005       x..12
7006       n6:date
7007       n6:date [n6:date]
7008       x..3
7009       x..10
7010       x..2
7011       n6:date [n4:time]
7020-7022  x..20
7023       x..30
7030-7039  n3:country999 x..27
7040       n1 x1 x1 x1:importer
7041       x..4:package
710-717    x..20
7230-7239  x2 x..28
7240       x..20
7241       n2:medium
7242       x..25
7250       n8:birth
7251       n8:birth n4:time
7252       n1:sex
7253-7254  x..40:percent
7255       x..10
7256       x..90:percent
7257       x..70:percent
7258       x3:sequence
7259       x..40:percent
8001       n4:nonzero n5:nonzero n3:nonzero n1:winding n1
8002       x..20
8003       n1:zero n13:check [x..16]
8004       x..30
8005       n6
8006       n14:check n4:piece
8007       x..34:iban
8008       n6:date n2:hour [n2:sixty] [n2:sixty]
8009       x..50
8010       y..30
8011       n..12:nolead
8012       x..20
8013       x..25:pair
8014       x..25:pair+nondigit
8017-8018  n18:check
8019       n..10
8020       x..25
8026       n14:check n4:piece
8030       z..90:padding
8040-8041  n15
8042       n32
8043       n18 [n..2]
8110 8112  x..70
8111       n4
8200       x..70
90         x..30
91-99      x..90
"""

# By their first two digits: these end where their length says, the others at the next FNC1 (Gen. Specs 7.8.5).
_ENDS_BY_LENGTH = frozenset(
    ["00", "01", "02", "03", "04", *map(str, range(11, 21)), *map(str, range(31, 37)), "41"],
)
_COMPONENT = re.compile(r"(\[)?([nxyz])(\.\.)?(\d+)(?::([\w+]+))?\]?")
IDENTIFIER_DIGITS = (2, 3, 4)


@dataclass(frozen=True, slots=True)
class Component:
    """One piece of a value."""

    characters: str
    least: int
    most: int
    optional: bool
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identifier:
    """One application identifier and what its value is made of."""

    text: str
    components: tuple[Component, ...]

    @property
    def fixed_length(self) -> int | None:
        """The length of its value if a string needs no FNC1 after it, else None."""
        if self.text[:2] not in _ENDS_BY_LENGTH:
            return None
        return sum(component.most for component in self.components)


@cache
def table() -> Mapping[str, Identifier]:
    """Every identifier by its digits; made at the first call."""
    return {
        text: Identifier(text, components)
        for line in _TABLE.strip().splitlines()
        for text, components in _line(line.split())
    }


def identify(text: str, at: int = 0) -> Identifier | None:
    """The identifier that `text` has at this place; None if GS1 has none such."""
    known = table()
    return next((known[text[at : at + n]] for n in IDENTIFIER_DIGITS if text[at : at + n] in known), None)


def _line(words: list[str]) -> Iterator[tuple[str, tuple[Component, ...]]]:
    ranges = [word for word in words if word[0].isdigit()]
    components = tuple(_component(word) for word in words if not word[0].isdigit())
    for span in ranges:
        first, _, last = span.partition("-")
        for number in range(int(first), int(last or first) + 1):
            yield f"{number:0{len(first)}}", components


def _component(word: str) -> Component:
    found = _COMPONENT.fullmatch(word)
    if not found:
        raise ValueError(word)
    optional, characters, variable, most, rules = found.groups()
    named = tuple(rules.split("+")) if rules else ()
    return Component(characters, 1 if variable else int(most), int(most), bool(optional), named)
