"""Files to keep."""

import re

from fastapi import Response

from safehand.surfaces.views import ReceiptFile

_STRANGE = re.compile(r"[^A-Za-z0-9._-]")


def saved(file: ReceiptFile) -> Response:
    """The file as a download, under a name that is safe in a header and on a disk."""
    headers = {
        "Content-Disposition": f'attachment; filename="{_STRANGE.sub("-", file.file_name)}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(file.body, media_type="text/plain; charset=utf-8", headers=headers)
