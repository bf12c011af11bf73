"""A stamp: the two files beside a log in which somebody else says when it was there. What they prove: timestamps.py."""

import hashlib

from safehand.ledger.note import NOTE_BYTES_MAX
from safehand.ledger.source import Source

TOKEN_PATH = "timestamp.tsr"  # noqa: S105 - a token of time, nobody's secret
STAMPED_PATH = "timestamp.checkpoint"
TOKEN_BYTES_MAX = 64 * 1024
LOOKS = 3


def read_stamp(source: Source) -> dict[str, bytes]:
    """Both files as they belong together; none where there is no stamp, or none that is whole.

    A new stamp may take its place while we look. The token holds the hash of what it is over: that tells a pair.

    Errors
        BadTile         something stands there that is not a file.
        SourceUnusable  the place cannot be reached.
    """
    for _ in range(LOOKS):
        stamped, token = source.read(STAMPED_PATH, NOTE_BYTES_MAX), source.read(TOKEN_PATH, TOKEN_BYTES_MAX)
        if stamped is None or token is None:
            break
        is_small = len(stamped) <= NOTE_BYTES_MAX and len(token) <= TOKEN_BYTES_MAX
        if is_small and hashlib.sha256(stamped).digest() in token:
            return {STAMPED_PATH: stamped, TOKEN_PATH: token}
    return {}
