"""A leash for a program: it cannot outlive who started it, and has no more memory than it was given.

Started as a file of its own, `python -I leash.py BYTES PARENT PROGRAM ARGUMENT...`, and becomes the program: what is
set before it begins holds from its first instruction, and whoever starts it may have threads.

Source
    prctl(2), PR_SET_PDEATHSIG; it stays over execve(2), as limits do.
"""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
PARENT_GONE = 113


def main(memory_bytes: int, parent: int, command: list[str]) -> None:
    """Become the program."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) != 0 or os.getppid() != parent:
        sys.exit(PARENT_GONE)
    os.execv(command[0], command)  # noqa: S606 - a list of arguments, and no shell on purpose


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
