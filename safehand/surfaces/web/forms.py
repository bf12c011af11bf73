"""Forms as a browser sends them: small and urlencoded. The guard has seen to it that a page of ours sent them."""

import re
from urllib.parse import parse_qsl

from fastapi import Request

from safehand.surfaces.errors import FormTooLarge, NotAForm

FORM_BYTES_MAX = 16 * 1024
FIELDS_MAX = 20
FORM_TYPE = "application/x-www-form-urlencoded"

_LOCAL = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*(\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?")


async def read_form(request: Request, bytes_max: int = FORM_BYTES_MAX) -> dict[str, str]:
    """The fields of a form; of a field that comes twice, the last.

    Errors
        NotAForm      another media type, not UTF-8, or more than FIELDS_MAX fields.
        FormTooLarge  more than `bytes_max` bytes.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        raise NotAForm
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > bytes_max:
            raise FormTooLarge(bytes_max)
    try:
        fields = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS_MAX, encoding="utf-8", errors="strict"
        )
    except ValueError:
        raise NotAForm from None
    return {name: value.replace("\x00", "") for name, value in fields}


def local_path(asked: str | None, otherwise: str = "/") -> str:
    """An address of this site to go on to; anything that could lead away becomes `otherwise`."""
    if asked and _LOCAL.fullmatch(asked) and not asked.startswith("//"):
        return asked
    return otherwise
