"""Sort plans: which lane and route a postal code leads to. The longest prefix wins."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from safehand.kernel.clock import Clock
from safehand.kernel.ids import PartyId, PlaceId
from safehand.places.errors import BadSortRule, FileTooLarge, InThePast, NoLane, PlaceChanged, WrongOwner
from safehand.places.model import Checkpoint, Place, PlaceKind, ReadPoint
from safehand.places.places import Places
from safehand.store.database import Tx

RULES_MAX = 20_000
"""Rules of one plan."""
PREFIX_CHARS_MAX = 10
PLANS_LISTED_MAX = 200

_PREFIX = re.compile(f"[0-9A-Z]{{0,{PREFIX_CHARS_MAX}}}")
ROUTE_SHAPE = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z _./-]{0,38}[0-9A-Za-z])?")


@dataclass(frozen=True, slots=True, order=True)
class SortRule:
    """Postal codes that begin so go to that lane, for that route. The empty prefix is every other code."""

    prefix: str
    lane: str
    """The lane's code."""
    route: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SortPlan:
    """A depot's plan in one of its versions."""

    depot: PlaceId
    version: int
    valid_from_ms: int
    told_ms: int
    told_by: str
    rules: Mapping[str, SortRule]
    """By prefix."""

    def rule_for(self, postal_code: str) -> SortRule:
        """Where a postal code leads.

        Errors
            NoLane
        """
        sought = plain_code(postal_code)[:PREFIX_CHARS_MAX]
        for length in range(len(sought), -1, -1):
            if rule := self.rules.get(sought[:length]):
                return rule
        raise NoLane(postal_code)


@dataclass(frozen=True, slots=True)
class SortPlans:
    """Tells and reads plans, in the caller's transaction. A plan is told whole."""

    places: Places
    clock: Clock

    async def tell(
        self,
        tx: Tx,
        depot: Place,
        rules: Sequence[SortRule],
        by: str,
        *,
        version: int,
        valid_from_ms: int | None = None,
    ) -> SortPlan:
        """The plan that holds from now on, or from then.

        Shapes
            version  the newest plan that whoever tells this one has seen; 0 for none.
        Errors
            WrongOwner  it is no depot.
            BadSortRule, FileTooLarge, PlaceChanged, InThePast
        """
        if depot.kind is not PlaceKind.DEPOT:
            raise WrongOwner(depot.kind, PlaceKind.DEPOT)
        if len(rules) > RULES_MAX:
            raise FileTooLarge("rules", len(rules), RULES_MAX)
        await tx.lock(f"places.{depot.id}")
        now_ms = self.clock.now_ms()
        lanes = await self.places.by_code(tx, {rule.lane[:40] for rule in rules}, now_ms)
        told = _checked(depot, rules, lanes)
        plans = await self.told(tx, depot, 1)
        newest = plans[0].version if plans else 0
        if newest != version:
            raise PlaceChanged(version, newest)
        begins_ms = now_ms if valid_from_ms is None else valid_from_ms
        if begins_ms < now_ms:
            raise InThePast(begins_ms, now_ms)
        await tx.run(
            "INSERT INTO sort_plans (depot, version, valid_from_ms, told_ms, told_by) VALUES ($1, $2, $3, $4, $5)",
            depot.id,
            newest + 1,
            begins_ms,
            now_ms,
            by,
        )
        await tx.copy(
            "sort_rules",
            ("depot", "version", "prefix", "lane", "route"),
            [(depot.id, newest + 1, rule.prefix, lanes[rule.lane].id, rule.route) for rule in told.values()],
        )
        return SortPlan(
            depot=depot.id, version=newest + 1, valid_from_ms=begins_ms, told_ms=now_ms, told_by=by, rules=told
        )

    async def plan(self, tx: Tx, depot: Place, at_ms: int) -> SortPlan | None:
        """The plan as it stands at that moment; None if the depot had none."""
        rows = await tx.fetch(
            "SELECT version, valid_from_ms, told_ms, told_by FROM sort_plans WHERE depot = $1 AND valid_from_ms <= $2"
            " ORDER BY valid_from_ms DESC, version DESC LIMIT 1",
            depot.id,
            at_ms,
        )
        if not rows:
            return None
        rules = await tx.fetch(
            "SELECT r.prefix, p.code AS lane, r.route FROM sort_rules r JOIN places p ON p.id = r.lane"
            " WHERE r.depot = $1 AND r.version = $2 ORDER BY r.prefix",
            depot.id,
            rows[0]["version"],
        )
        return SortPlan(
            depot=depot.id,
            **dict(rows[0].items()),
            rules={row["prefix"]: SortRule(**dict(row.items())) for row in rules},
        )

    async def leading(self, tx: Tx, postal_codes: Collection[str], at_ms: int) -> dict[str, tuple[PartyId, SortRule]]:
        """Which depot serves each postal code, with its rule; codes that no plan leads anywhere are left out.

        The longest prefix wins across the plans of all depots, of equals the depot that was on the map first.
        """
        plain = {code: plain_code(code)[:PREFIX_CHARS_MAX] for code in postal_codes}
        rows = await tx.fetch(
            "SELECT DISTINCT ON (said.code) said.code, d.party, r.prefix, l.code AS lane, r.route"
            " FROM (SELECT DISTINCT ON (depot) depot, version FROM sort_plans WHERE valid_from_ms <= $2"
            "       ORDER BY depot, valid_from_ms DESC, version DESC) plan"
            " JOIN places d ON d.id = plan.depot AND d.party IS NOT NULL"
            " CROSS JOIN unnest($1::text[]) AS said(code)"
            " CROSS JOIN generate_series(0, length(said.code)) AS size"
            " JOIN sort_rules r ON (r.depot, r.version, r.prefix) = (plan.depot, plan.version, left(said.code, size))"
            " JOIN places l ON l.id = r.lane"
            " ORDER BY said.code, size DESC, plan.depot",
            sorted(set(plain.values())),
            at_ms,
        )
        found = {row["code"]: (row["party"], SortRule(row["prefix"], row["lane"], row["route"])) for row in rows}
        return {code: found[sought] for code, sought in plain.items() if sought in found}

    async def told(self, tx: Tx, depot: Place, rows_max: int = PLANS_LISTED_MAX) -> list[SortPlan]:
        """Every plan without its rules, the newest first."""
        rows = await tx.fetch(
            "SELECT version, valid_from_ms, told_ms, told_by FROM sort_plans WHERE depot = $1"
            " ORDER BY version DESC LIMIT $2",
            depot.id,
            rows_max,
        )
        return [SortPlan(depot=depot.id, **dict(row.items()), rules={}) for row in rows]


def plain_code(postal_code: str) -> str:
    """A postal code as it is compared: capital letters and digits, nothing between them."""
    return "".join(char for char in postal_code.upper() if char.isascii() and char.isalnum())


def _checked(depot: Place, rules: Sequence[SortRule], lanes: Mapping[str, Place]) -> dict[str, SortRule]:
    told: dict[str, SortRule] = {}
    for row, rule in enumerate(rules, 1):
        if _PREFIX.fullmatch(rule.prefix) is None or rule.prefix in told:
            raise BadSortRule(row, "prefix", rule.prefix)
        if ROUTE_SHAPE.fullmatch(rule.route) is None:
            raise BadSortRule(row, "route", rule.route)
        lane = lanes.get(rule.lane)
        able = lane is not None and isinstance(lane.details, Checkpoint) and lane.details.role is ReadPoint.LANE
        if lane is None or not able or lane.within != depot.id or lane.retired:
            raise BadSortRule(row, "lane", rule.lane)
        told[rule.prefix] = rule
    return dict(sorted(told.items()))
