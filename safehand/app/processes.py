"""A child that cannot outlive its parent.

The kernel itself sends a child its death signal when the thread that forked it ends, be it by kill -9.
Therefore children are started from a thread that lives as long as the process: the only one.

Source
    prctl(2), PR_SET_PDEATHSIG. It is cleared by a change of user, so it is set after that.
"""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from safehand.app.account import Account

PR_SET_PDEATHSIG = 1
PARENT_GONE = 113  # exit status of a child whose parent ended before it could be leashed


def spawn(
    command: Sequence[str],
    *,
    death_signal: signal.Signals,
    environment: Mapping[str, str],
    account: Account | None = None,
    folder: Path | None = None,
    output: int | None = None,
    keep: Sequence[int] = (),
) -> "subprocess.Popen[bytes]":
    """Start a child in a session of its own, as `account`, and leashed to this thread.

    Shapes
        death_signal  what the child gets when this thread ends.
        folder        its working directory.
        output        the descriptor its output and errors go to; None: ours.
        keep          descriptors it inherits; all others are closed.
    """
    return subprocess.Popen(
        list(command),
        cwd=folder,
        env={**environment, **(account.surroundings if account else {})},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=tuple(keep),
        preexec_fn=_leash(os.getpid(), death_signal, account),  # noqa: PLW1509 - one thread, see above
    )


def _leash(parent: int, death_signal: signal.Signals, account: Account | None) -> Callable[[], None]:
    control = ctypes.CDLL(None, use_errno=True).prctl  # looked up before the fork: after it, less is allowed

    def prepare() -> None:
        if account is not None:
            os.setgroups([])
            os.setresgid(account.group, account.group, account.group)
            os.setresuid(account.user, account.user, account.user)
        if control(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) != 0:
            os._exit(PARENT_GONE)
        if os.getppid() != parent:  # it ended between the fork and the leash
            os._exit(PARENT_GONE)
        os.setsid()  # Ctrl-C in a terminal reaches the parent only, which stops everybody in order
        os.umask(0o077)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])  # the parent blocks what it waits for

    return prepare
