"""Numbers as the eye reads them: in groups. Typed back, the gaps are left out again."""

SSCC_DIGITS = 18
S10_CHARACTERS = 13
LETTERS = 2


def tracking_groups(number: str) -> tuple[str, ...]:
    """A tracking number: leading letters, then groups of three or four, whichever comes out even.

    Shapes
        number  as stored: letters and digits, no gaps.
        ->      its groups in order; joined they are `number` again.
    """
    lead = number[:LETTERS] if number[:LETTERS].isalpha() else ""
    rest = number[len(lead) :]
    size = 3 if len(rest) % 4 and not len(rest) % 3 else 4
    first = len(rest) % size
    groups = [rest[:first]] if first else []
    groups += [rest[at : at + size] for at in range(first, len(rest), size)]
    return tuple(group for group in (lead, *groups) if group)


def sscc_words(sscc: str) -> str:
    """An SSCC as on a label: application identifier, extension digit, company and serial, check digit."""
    if len(sscc) != SSCC_DIGITS:
        return sscc
    return f"(00) {sscc[0]} {sscc[1:8]} {sscc[8:17]} {sscc[17]}"


def s10_words(s10: str) -> str:
    """A UPU S10 number: service, serial in threes, country."""
    if len(s10) != S10_CHARACTERS:
        return s10
    return f"{s10[:2]} {s10[2:5]} {s10[5:8]} {s10[8:11]} {s10[11:]}"


def short_hash(digest: str) -> str:
    """The two ends of a hash: enough to compare by eye, not to copy."""
    return digest if len(digest) <= 12 else f"{digest[:4]}…{digest[-4:]}"
