"""testssl on an installation that speaks TLS itself: no finding above a low one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.attacks.scanners import Severity, handshakes, missing
from tests.certificates import Authority, an_authority
from tests.faults.machine import READY_S, Machine, a_machine
from tests.servers import scratch_folder, wait_for

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(3_600),
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}"),
]
VALID = timedelta(days=90)
"""As long as those of public authorities."""
NECESSARY = {
    "cert_revocation": "the authority of a test runs no list of what it revoked, and nobody to ask; a public one does",
}
"""What testssl says of a certificate that we made ourselves, and why it says nothing about our TLS."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """An installation that speaks TLS, and who signed its certificate."""

    machine: Machine
    authority: Authority

    def answers(self) -> bool:
        """Whether it serves, to whoever believes that authority."""
        try:
            url = f"https://localhost:{self.machine.port}/readyz"
            return httpx.get(url, verify=self.authority.trust(), trust_env=False).is_success
        except httpx.TransportError:
            return False


@pytest.fixture
def spoken() -> Iterator[Spoken]:
    """`safehand up` with SAFEHAND_TLS_CERTIFICATE and SAFEHAND_TLS_KEY."""
    with scratch_folder() as folder:
        authority = an_authority(folder / "authority")
        files = authority.issue(folder / "tls", "localhost", "127.0.0.1", valid=VALID)
        settings = {"SAFEHAND_TLS_CERTIFICATE": str(files.certificate), "SAFEHAND_TLS_KEY": str(files.key)}
        with a_machine(folder / "data", settings=settings) as machine:
            here = Spoken(machine, authority)
            wait_for(here.answers, READY_S)
            yield here


def test_our_own_tls_gives_testssl_nothing_to_find(spoken: Spoken, tmp_path: Path) -> None:
    found = handshakes(spoken.machine.port, tmp_path, spoken.authority.certificate)

    assert [one for one in found if one.severity > Severity.LOW and one.kind not in NECESSARY] == []
