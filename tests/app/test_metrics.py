"""Metrics: what Prometheus is told of who comes in."""

from pathlib import Path

from safehand.app.connections import Gate, Patience
from safehand.app.door import Door
from safehand.app.metrics import RequestCounts, told
from safehand.app.readings import readings_of
from tests.installations import a_town
from tests.servers import Database


async def test_the_door_tells_who_is_inside_and_whom_it_shut_out_for_what(database: Database, tmp_path: Path) -> None:
    gate = Gate(Patience(per_address=1), ended=2)
    assert [gate.enter(address) for address in ("198.51.100.7", "198.51.100.7", "203.0.113.9")] == [True, False, True]
    gate.leave("203.0.113.9")

    async with a_town(database, tmp_path) as town:
        lines = (await told(RequestCounts(), readings_of(town.here, Door(gate)))).decode().splitlines()

    assert "safehand_connections 1.0" in lines
    assert "# TYPE safehand_connections_shut_out_total counter" in lines
    assert 'safehand_connections_shut_out_total{reason="no_room"} 1.0' in lines
    assert 'safehand_connections_shut_out_total{reason="too_slow"} 2.0' in lines
