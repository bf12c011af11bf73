"""Text from a file that somebody sends: UTF-8, and if it is not, what it seems to be. Pure."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

from safehand.places.errors import WrongEncoding


def text_of(raw: bytes) -> str:
    """The text of a file, a mark at its beginning left out.

    Errors
        WrongEncoding
    """
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\x00" in raw[:64]:
        raise WrongEncoding("UTF-16")
    try:
        return raw.removeprefix(BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError:
        raise WrongEncoding("Windows-1252") from None
