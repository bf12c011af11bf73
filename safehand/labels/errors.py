"""What the labels room refuses. Each names the two things that disagree."""

from datetime import date

from safehand.kernel.errors import Invalid, TooLarge, shown

REASON_CHARS_MAX = 200


class NumberUnreadable(Invalid):
    """The text is no number that a parcel of ours can carry."""

    code = "labels.number_unreadable"

    def __init__(self, given: str) -> None:
        super().__init__(given=shown(given))


class WrongLength(Invalid):
    """The text looks like a number of that kind, and has too few or too many characters."""

    code = "labels.wrong_length"

    def __init__(self, kind: str, given: str, found: int, expected: int) -> None:
        super().__init__(kind=kind, given=shown(given), found=found, expected=expected)


class WrongCheckDigit(Invalid):
    """A digit was misread or two were swapped: the check digit is another than the rest asks for."""

    code = "labels.wrong_check_digit"

    def __init__(self, kind: str, given: str, found: str, expected: str, position: int) -> None:
        super().__init__(kind=kind, given=shown(given), found=found, expected=expected, position=position)


class NumberPartInvalid(Invalid):
    """A part that a number is made from (prefix, serial, service, country) has the wrong shape or size."""

    code = "labels.number_part_invalid"

    def __init__(self, kind: str, part: str, given: str, expected: str) -> None:
        super().__init__(kind=kind, part=part, given=shown(given), expected=expected)


class ElementInvalid(Invalid):
    """An element string is not well formed, or the value of an application identifier breaks its rule.

    `why` is one of: empty, too_long, unknown_identifier, missing_value, length, character, repeated, check_digit, date,
    time, country, zero, percent_sequence, latitude, longitude, yes_no, hyphen, piece_of_total, padding, currency,
    check_pair, digits_only, leading_zero, winding, sex, medium, sequence, package,
    iban, brackets.
    """

    code = "labels.element_invalid"

    def __init__(self, identifier: str, position: int, why: str) -> None:
        super().__init__(identifier=shown(identifier), position=position, why=why)
        self.why = why


class LinkInvalid(Invalid):
    """The address is no GS1 Digital Link, or its origin is not one that a label may carry."""

    code = "labels.link_invalid"

    def __init__(self, given: str, why: str) -> None:
        super().__init__(given=shown(given), why=why)


class FieldInvalid(Invalid):
    """A field of a label is empty, too long or has the wrong shape."""

    code = "labels.field_invalid"

    def __init__(self, field: str, given: str, expected: str) -> None:
        super().__init__(field=field, given=shown(given), expected=expected)


class ImageUnreadable(Invalid):
    """The bytes are no image of a kind that is read here, or the image is damaged."""

    code = "labels.image_unreadable"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=shown(reason, REASON_CHARS_MAX))


class ImageTooLarge(TooLarge):
    """The image has more bytes or pixels than are looked at."""

    code = "labels.image_too_large"

    def __init__(self, unit: str, found: int, most: int) -> None:
        super().__init__(unit=unit, found=found, most=most)


class InputUnreadable(Invalid):
    """What should describe a label is no JSON object, or has fields that a label does not have."""

    code = "labels.input_unreadable"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=shown(reason, REASON_CHARS_MAX))


class FileUnreadable(Invalid):
    """A file that was named on the command line cannot be read or written."""

    code = "labels.file_unreadable"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path=shown(path, REASON_CHARS_MAX), reason=shown(reason, REASON_CHARS_MAX))


class NumberTwice(Invalid):
    """One parcel stands at two places of a sheet, where it would be counted twice."""

    code = "labels.number_twice"

    def __init__(self, number: str) -> None:
        super().__init__(number=shown(number))


class KeyedTooLong(TooLarge):
    """What was keyed in has more lines or characters than are read at once."""

    code = "labels.keyed_too_long"

    def __init__(self, unit: str, found: int, most: int) -> None:
        super().__init__(unit=unit, found=found, most=most)


class RowShape(Invalid):
    """A line that was keyed in has not the fields of a row."""

    code = "labels.row_shape"

    def __init__(self, found: int, unit: str) -> None:
        super().__init__(found=found, unit=unit)


class CodeUnknown(Invalid):
    """The code is none of those that stand on the sheet."""

    code = "labels.code_unknown"

    def __init__(self, given: str, known: str) -> None:
        super().__init__(given=shown(given), known=known)


class TimeUnreadable(Invalid):
    """The text is no time of a day."""

    code = "labels.time_unreadable"

    def __init__(self, given: str) -> None:
        super().__init__(given=shown(given))


class TimeSkipped(Invalid):
    """The depot's clock never showed that time: it was put forward over it."""

    code = "labels.time_skipped"

    def __init__(self, given: str, day: date) -> None:
        super().__init__(given=given, day=day.isoformat())


class TimeTwice(Invalid):
    """The depot's clock showed that time twice: it was put back over it, and nothing says which one is meant."""

    code = "labels.time_twice"

    def __init__(self, given: str, day: date) -> None:
        super().__init__(given=given, day=day.isoformat())


class TimeAhead(Invalid):
    """Something is said to have been done at a time that is still to come."""

    code = "labels.time_ahead"

    def __init__(self, given: str, day: date, now: str) -> None:
        super().__init__(given=given, day=day.isoformat(), now=now)


class KeyedTwice(Invalid):
    """The same thing of the same parcel at the same time stands in an earlier line."""

    code = "labels.keyed_twice"

    def __init__(self, first_line: int) -> None:
        super().__init__(first_line=first_line)


class ForeignShape(Invalid):
    """The text has not the shape of that carrier's numbers."""

    code = "labels.foreign_shape"

    def __init__(self, format: str, given: str, expected: str) -> None:
        super().__init__(format=shown(format), given=shown(given), expected=shown(expected, REASON_CHARS_MAX))


class ForeignNumberUnknown(Invalid):
    """The text is no number of any carrier that is known here."""

    code = "labels.foreign_number_unknown"

    def __init__(self, given: str) -> None:
        super().__init__(given=shown(given))


class ScanUnreadable(Invalid):
    """What a scanner sent does not go with the symbology that it named.

    `why` is one of: symbology, empty, digits, length, check_digit, too_long.
    """

    code = "labels.scan_unreadable"

    def __init__(self, given: str, why: str) -> None:
        super().__init__(given=shown(given), why=why)
        self.why = why


class EpcInvalid(Invalid):
    """The text is no EPC, or the numbers are none that an EPC can be made of.

    `why` is one of: form, scheme, parts, pattern, prefix_length, length, digits, piece, serial.
    """

    code = "labels.epc_invalid"

    def __init__(self, given: str, why: str) -> None:
        super().__init__(given=shown(given), why=why)


class TagInvalid(Invalid):
    """The memory of a radio tag is no EPC of a layout that is known here.

    `why` is one of: hexadecimal, header, partition, length, digits, characters.
    """

    code = "labels.tag_invalid"

    def __init__(self, given: str, why: str) -> None:
        super().__init__(given=shown(given), why=why)


class ElementAlone(Invalid):
    """An application identifier says nothing without another, which is not there."""

    code = "labels.element_alone"

    def __init__(self, identifier: str, needs: str) -> None:
        super().__init__(identifier=identifier, needs=needs)


class ElementsApart(Invalid):
    """Two application identifiers exclude each other."""

    code = "labels.elements_apart"

    def __init__(self, identifier: str, other: str) -> None:
        super().__init__(identifier=identifier, other=other)
