"""Retention: each kind goes when its days are over, unless a hold or a parcel on its way needs it."""

from dataclasses import replace
from pathlib import Path

from safehand.audit.model import FindingKind, Seen
from safehand.kernel.clock import SystemClock
from safehand.privacy.overdue import OverdueCheck
from safehand.privacy.retention import DAY_MS, LIMITS, Retention
from safehand.store.database import Tx
from safehand.vault.vault import Kind
from tests.installations import Town, a_town
from tests.privacy.scenes import delivered
from tests.servers import Database


class After:
    """A clock that is so many days ahead."""

    def __init__(self, days: int) -> None:
        self.at_ms = SystemClock().now_ms() + days * DAY_MS

    def now_ms(self) -> int:
        return self.at_ms


async def kinds_left(town: Town, person: str) -> set[str]:
    async with town.here.store.transaction() as tx:
        rows = await tx.fetch("SELECT kind FROM vault_bodies WHERE person = $1 AND sealed IS NOT NULL", person)
        files = await tx.fetch("SELECT 1 FROM evidence_files")
    return {row["kind"] for row in rows} | ({"files"} if files else set())


async def late(retention: Retention, tx: Tx) -> list[Seen]:
    """What the audit sees at the retention's time."""
    return list(await OverdueCheck(retention).look(tx, retention.clock.now_ms()))


async def test_a_run_removes_what_is_past_its_term_and_says_what_it_left(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        one = await delivered(town)
        held = await delivered(town, "held")
        _, key = await town.merchant("Slow shop")
        await town.shipment(key)
        await town.settle()
        claims = await town.hire("clara", "claims")
        until_ms = After(400).now_ms()
        hold = {"person": held.person, "ground": "claim", "reference": "C-1", "until_ms": until_ms}
        await town.told("POST", "/v1/holds", claims, json=hold)
        retention = town.here.privacy.retention

        def after(days: int) -> Retention:
            return replace(retention, clock=After(days))

        assert sum(run.removed for run in await retention.run()) == 0
        await after(31).run()
        assert await kinds_left(town, one.person) == {"recipient", "contents", "reference", "statement", "files"}
        assert "pin" in await kinds_left(town, held.person)
        async with town.here.store.transaction() as tx:
            assert (await after(181).overdue(tx))[Kind.RECIPIENT] == 1
            assert FindingKind.RETENTION_OVERDUE not in {one.kind for one in await late(after(181), tx)}
            [seen] = [one for one in await late(after(183), tx) if one.about == Kind.RECIPIENT]
            assert (seen.kind, seen.params) == (FindingKind.RETENTION_OVERDUE, {"kind": "recipient", "bodies": 1})
        report = {run.kind: run for run in await after(181).run()}

        assert await kinds_left(town, one.person) == {"statement", "files"}  # the held person's picture stays
        assert len(list((tmp_path / "blobs").rglob("*/*/*"))) == 1
        for kind in (Kind.RECIPIENT, Kind.CONTENTS):
            run = report[kind]
            assert (run.removed, run.held, run.waiting, run.overdue) == (1, 1, 1, 0)
        assert (report[Kind.EVIDENCE].removed, report[Kind.EVIDENCE].held) == (1, 1)
        async with town.here.store.transaction() as tx:
            assert await late(after(183), tx) == []
        again = {run.kind: run.removed for run in await after(182).run()}
        assert set(again.values()) == {0}
        told = await town.told("GET", "/v1/retention", claims)
        assert told["overdue"] == {}
        assert {run["kind"] for run in told["runs"]} == set(LIMITS)
        async with town.here.store.transaction() as tx:
            rows = await tx.fetch("SELECT DISTINCT person FROM vault_lookups")
        assert one.person not in {row["person"] for row in rows}


async def test_a_carrier_sets_a_term_within_its_bounds(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        claims = await town.hire("clara", "claims")
        assert (await town.ask("PUT", "/v1/retention/recipient", json={"days": 60})).status_code == 204

        for days in (29, 731):
            refused = await town.ask("PUT", "/v1/retention/recipient", json={"days": days})
            assert (refused.status_code, refused.json()["code"]) == (422, "privacy.out_of_bounds")
        assert (await town.ask("PUT", "/v1/retention/user.name", json={"days": 60})).status_code == 422
        assert (await town.ask("PUT", "/v1/retention/recipient", claims, json={"days": 60})).status_code == 403
        terms = {term["kind"]: term["days"] for term in (await town.told("GET", "/v1/retention", claims))["terms"]}
        assert terms == {kind.value: limits.default for kind, limits in LIMITS.items()} | {"recipient": 60}
