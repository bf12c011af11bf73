"""A child that carries a spool off and dies before one of its changes to the disk.

`python striking.py SPOOL BACKUP RECIPIENT KEY N` dies before its Nth change; it ends with 0 if it makes fewer.
"""

import os
import sys
from pathlib import Path

STRUCK = 9
CHANGES = frozenset({"os.rename", "os.remove", "os.link"})


def nothing() -> None:
    """Nothing has to come first."""


def main(spool: str, backup: str, recipient: str, key: str, strike: int) -> None:
    from safehand.app.backup.place import Place
    from safehand.app.backup.sealing import parse_recipients
    from safehand.app.backup.spool import Spool
    from safehand.ledger.signing import SigningKey

    carried = Spool(
        Path(spool),
        Place(Path(backup)),
        parse_recipients(recipient),
        SigningKey.parse(Path(key).read_text()),
        7,
        nothing,
    )
    changes = 0

    def count(event: str, told: tuple[object, ...]) -> None:
        nonlocal changes
        changes += event in CHANGES or (event == "open" and bool(int(str(told[2])) & os.O_CREAT))
        if changes >= strike:
            os._exit(STRUCK)

    sys.addaudithook(count)
    carried.carry(20)


if __name__ == "__main__":
    spool, backup, recipient, key, strike = sys.argv[1:]
    main(spool, backup, recipient, key, int(strike))
