"""What the audit is told of the settings: the same that a start refuses unless it was allowed."""

from pathlib import Path

import pytest

from safehand.app.auditing import deployment
from safehand.app.settings import Settings

HERE = "postgresql://app@/safehand?host=/run/pg"
FAR = "postgresql://app@db.example/safehand"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"origin": "https://parcels.example"}, set()),
        ({"origin": "http://127.0.0.1:8080"}, set()),
        ({"origin": "http://parcels.example"}, {"clear_text"}),
        ({"origin": "http://localhost:8080", "host": "0.0.0.0"}, {"clear_text"}),
        ({"database_url": "postgresql://app@127.0.0.1/safehand"}, set()),
        ({"database_url": FAR}, {"database_clear_text"}),
        ({"database_url": f"{FAR}?sslmode=verify-ca"}, {"database_clear_text"}),
        ({"database_url": f"{FAR}?sslmode=verify-full"}, set()),
        ({"nats_url": "nats://bus.example:4222"}, {"stream_clear_text"}),
        ({"nats_url": "tls://bus.example:4222"}, set()),
    ],
)
def test_what_leaves_this_machine_in_clear_text_is_found(tmp_path: Path, said: dict[str, str], found: set[str]) -> None:
    settings = Settings(**({"data": tmp_path, "database_url": HERE} | said))  # type: ignore[arg-type]

    assert {kind.value for kind in deployment(settings).in_clear} == found
