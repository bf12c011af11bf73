"""`python -m safehand.app.up --data DIR -- COMMAND...`: the supervisor's own process, and its words.

`safehand up` turns into this by exec, so that what stays in memory is the supervisor and nothing else.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from safehand.app.data_folder import DataFolder
from safehand.app.supervisor import Role, Supervisor
from safehand.app.telling import explained, tell
from safehand.kernel.catalogue import DEFAULT_LANGUAGE, LANGUAGES, load_catalogue
from safehand.kernel.errors import SafehandError

STOPPED, FAILED = 0, 1


def command_line(data: Path, core: Sequence[str]) -> list[str]:
    """What to exec for a data folder and the command line of its one role."""
    return [sys.executable, "-m", "safehand.app.up", "--data", str(data), "--", *core]


def main(argv: Sequence[str] | None = None) -> int:
    """Run an installation until it is told to stop; the exit status."""
    asked = argparse.ArgumentParser(prog="safehand up")
    asked.add_argument("--data", type=Path, required=True)
    asked.add_argument("--language", choices=LANGUAGES, default=DEFAULT_LANGUAGE)
    asked.add_argument("core", nargs="+")
    given = asked.parse_args(argv)
    words = load_catalogue(given.language)
    folder = DataFolder(given.data.absolute())

    def say(id: str, params: Mapping[str, str | int]) -> None:
        tell(words.say(id, **params))

    try:
        Supervisor(folder, [Role("core", tuple(given.core))], os.environ, say).run()
    except SafehandError as error:
        tell(explained(words, error))
        return FAILED
    except OSError as error:
        tell(words.say("supervisor.system_refused", reason=str(error)))
        return FAILED
    return STOPPED


if __name__ == "__main__":
    sys.exit(main())
