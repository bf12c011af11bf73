"""Numbers as the eye reads them: in groups. Typed back, the gaps are left out again."""

from safehand.labels.numbers import Kind, Number

GROUP = 4
LETTERS = 2


def tracking_groups(number: str) -> tuple[str, ...]:
    """A tracking number, or what somebody typed for one: leading letters, then fours from the left.

    Shapes
        number  letters and digits, no gaps.
        ->      its groups in order; joined they are `number` again.
    """
    lead = number[:LETTERS] if number[:LETTERS].isalpha() else ""
    rest = number[len(lead) :]
    groups = (rest[at : at + GROUP] for at in range(0, len(rest), GROUP))
    return tuple(group for group in (lead, *groups) if group)


def sscc_words(sscc: str) -> str:
    """An SSCC with its application identifier, as beneath a barcode."""
    return f"(00) {Number(Kind.SSCC, sscc).grouped}"


def s10_words(s10: str) -> str:
    """A UPU S10 number: service, serial in threes, country."""
    return Number(Kind.S10, s10).grouped
