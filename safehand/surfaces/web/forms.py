"""Forms as a browser sends them: small, urlencoded, from a page of this site."""

import re
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request

from safehand.surfaces.errors import ForeignForm, FormTooLarge, NotAForm

FORM_BYTES_MAX = 16 * 1024
FIELDS_MAX = 20
FORM_TYPE = "application/x-www-form-urlencoded"

_LOCAL = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*(\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?")


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form; of a field that comes twice, the last.

    Errors
        ForeignForm   another site's page sent it, or a browser that does not say from where.
        NotAForm      another media type, not UTF-8, or more than FIELDS_MAX fields.
        FormTooLarge  more than FORM_BYTES_MAX bytes.
    """
    refuse_foreign(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        raise NotAForm
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > FORM_BYTES_MAX:
            raise FormTooLarge(FORM_BYTES_MAX)
    try:
        fields = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS_MAX, encoding="utf-8", errors="strict"
        )
    except ValueError:
        raise NotAForm from None
    return {name: value.replace("\x00", "") for name, value in fields}


def refuse_foreign(request: Request) -> None:
    """Refuse what another site's page sent. `Sec-Fetch-Site` is asked first, since no page can forge it.

    Errors
        ForeignForm  the origin is another one, or none is named.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site != "same-origin":
            raise ForeignForm
        return
    if urlsplit(request.headers.get("origin", "")).netloc != request.headers.get("host"):
        raise ForeignForm


def local_path(asked: str | None, otherwise: str = "/") -> str:
    """An address of this site to go on to; anything that could lead away becomes `otherwise`."""
    if asked and _LOCAL.fullmatch(asked) and not asked.startswith("//"):
        return asked
    return otherwise
