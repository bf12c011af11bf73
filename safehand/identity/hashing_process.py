"""`python -m safehand.identity.hashing_process`: hashes and checks passwords for whoever started it; see hashing.py.

A question is a line of JSON, its answer another: `{"password": …, "settings": {…}}` -> `{"hash": …}`, and with
`"recorded": …` -> `{"right": …}`. It ends when its input ends, so it outlives nobody.
"""

import json
import os
import signal
import sys
from contextlib import suppress
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

NICENESS = 10  # a tenth of a core where others want all of it: whoever signs in waits a second, not ten


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Do the work of one question."""
    hasher = PasswordHasher(**question["settings"])
    if "recorded" not in question:
        return {"hash": hasher.hash(question["password"])}
    try:
        return {"right": hasher.verify(question["recorded"], question["password"])}
    except (VerificationError, InvalidHashError):
        return {"right": False}


def main() -> None:
    """Answer until there are no more questions, or nobody waits for the answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # typed at a terminal, it is meant for who started us
    with suppress(OSError):
        os.nice(NICENESS)
    with suppress(BrokenPipeError):
        _answer_all()


def _answer_all() -> None:
    for line in sys.stdin.buffer:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
