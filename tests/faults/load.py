"""Load that can be counted: couriers who tell without a pause, keep every statement until it is answered, and repeat.

Parcels wander round a ring of parties. Both sides of each handover sign, each in an outbox of its own, so that
halves and successors arrive in any order. Nothing in it contradicts anything: whatever exception opens is a fault.
"""

import asyncio
import itertools
import json
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from safehand.demo.book import Book
from safehand.demo.device import SignedStatement
from safehand.demo.line import Line, open_line
from safehand.demo.office import Desk, Merchant, open_office
from safehand.demo.phone import Phone
from safehand.events.statement import FIRST_AFTER, handover_id
from safehand.events.vocabulary import State, Way
from safehand.kernel.clock import SystemClock
from safehand.kernel.ids import ParcelId, PartyId
from tests.faults.machine import Machine, until
from tests.installations import RECIPIENT

BATCH = 8
OUTBOX_FULL = 24
COURIERS = 6
PARCELS = 48
AGAIN_S = 0.1
"""The answer asks for two seconds; we are less patient than a phone may be, which makes it harder."""
TWICE = 0.1
"""So often a batch is posted twice at the same time, as by a phone whose connection broke."""
RECOVERY_S = 90.0


@dataclass
class Acknowledged:
    """What the system said it has: the hash of each statement, and the fact that it became."""

    seq: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)
    """Answers that nobody should ever get."""
    unanswered: int = 0
    """Posts that were sent, and then the connection was lost: nobody knows what became of them."""
    turned_away: int = 0
    """Posts that were answered with 503."""
    found_again: int = 0
    """Statements that were stored although the answer was lost: the repeat was recognised."""

    def note(self, hash: str, outcome: str, seq: int | None) -> None:
        """One final answer."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        if outcome not in {"stored", "duplicate"} or seq is None:
            self.surprises.append(f"{hash} was answered {outcome}, {seq}")
        elif self.seq.setdefault(hash, seq) != seq:
            self.surprises.append(f"{hash} was fact {self.seq[hash]}, and then {seq}")


@dataclass
class Parcel:
    """Where a parcel is, by everything that was told."""

    parcel: ParcelId
    holder: "Courier"
    after: str = FIRST_AFTER
    handovers: int = 0

    def move(self, giver: PartyId, taker: "Courier") -> None:
        """It was handed over."""
        self.after = handover_id(self.after, giver, self.parcel, taker.party)
        self.holder, self.handovers = taker, self.handovers + 1


@dataclass
class Courier:
    """A phone that posts its outbox over and over, always as the same bytes."""

    phone: Phone
    known: Acknowledged
    chance: random.Random
    told: dict[str, SignedStatement] = field(default_factory=dict)
    answered_s: float = 0.0
    """When the newest post that was answered had begun."""

    @property
    def party(self) -> PartyId:
        return self.phone.party

    async def tell(self, load: "Load") -> None:
        """Post until cancelled."""
        while True:
            batch = self.phone.outbox[:BATCH]
            if not batch:
                await asyncio.sleep(0.01)
                continue
            twice = self.chance.random() < TWICE
            done = await asyncio.gather(*(self.post(batch) for _ in range(1 + twice)))
            if any(done):
                del self.phone.outbox[: len(batch)]
            await asyncio.sleep(load.pause_s if all(done) else AGAIN_S)

    async def ask(self, batch: Sequence[SignedStatement]) -> httpx.Response:
        """Post one batch once, whatever becomes of it."""
        self.told |= {sent.hash: sent for sent in batch}
        content = json.dumps({"statements": [sent.item() for sent in batch]}).encode()
        return await self.phone.line.http.post("/v1/statements", content=content, auth=self.phone.auth)

    async def post(self, batch: Sequence[SignedStatement]) -> bool:
        """Post one batch; whether it was answered."""
        began_s = time.monotonic()
        try:
            answer = await self.ask(batch)
        except httpx.ConnectError:
            return False
        except httpx.TransportError:
            self.known.unanswered += 1
            return False
        if answer.status_code == 503:
            self.known.turned_away += 1
            if problem := what_is_wrong_with(answer):
                self.known.surprises.append(problem)
            return False
        if answer.status_code != 200:
            self.known.surprises.append(f"{answer.status_code}: {answer.text[:300]}")
            return False
        answers = answer.json()["answers"]
        if [one["hash"] for one in answers] != [sent.hash for sent in batch]:
            self.known.surprises.append("answers to something else")
            return False
        for one in answers:
            self.known.found_again += one["outcome"] == "duplicate" and one["hash"] not in self.known.seq
            self.known.note(one["hash"], one["outcome"], one["seq"])
        self.answered_s = max(self.answered_s, began_s)
        return True


@dataclass
class Load:
    """All couriers, all parcels."""

    desk: Desk
    couriers: list[Courier]
    parcels: list[Parcel]
    known: Acknowledged
    chance: random.Random
    merchant: Merchant
    pause_s: float = 0.2
    over: bool = False

    @property
    def line(self) -> Line:
        return self.desk.line

    @property
    def told(self) -> dict[str, SignedStatement]:
        """Every statement that was ever posted, by its hash."""
        return {hash: sent for courier in self.couriers for hash, sent in courier.told.items()}

    @property
    def handovers(self) -> int:
        return sum(parcel.handovers for parcel in self.parcels)

    async def wander(self) -> None:
        """Hand parcels over, as fast as the couriers get rid of what they tell."""
        ring = dict(zip(self.couriers_by_party, [*self.couriers[1:], self.couriers[0]], strict=True))
        for turn in itertools.count():
            parcel = self.chance.choice(self.parcels)
            giver, taker = parcel.holder, ring[parcel.holder.party]
            if self.over or max(len(giver.phone.outbox), len(taker.phone.outbox)) >= OUTBOX_FULL:
                await asyncio.sleep(0.005)
                continue
            self._hand_over(parcel, giver, taker)
            if turn % 3 == 0:
                taker.phone.scan(parcel.parcel, self.desk.clock.now_ms(), State.SORTED)

    @property
    def couriers_by_party(self) -> dict[PartyId, Courier]:
        return {courier.party: courier for courier in self.couriers}

    def _hand_over(self, parcel: Parcel, giver: Courier, taker: Courier) -> None:
        at_ms = self.desk.clock.now_ms()
        for side in self.chance.sample((giver, taker), 2):
            side.phone.hand_over(
                parcel.parcel,
                at_ms,
                after=parcel.after,
                giver=giver.party,
                taker=taker.party,
                way=Way.DEVICES,
                state=State.LOADED,
            )
        parcel.move(giver.party, taker)

    async def everybody_answered(self, since_s: float) -> None:
        """Wait until each courier got an answer to something posted after that moment."""

        async def all_did() -> bool:
            return all(courier.answered_s > since_s for courier in self.couriers)

        await until(all_did, RECOVERY_S, "every courier to be answered again")

    async def finish(self) -> None:
        """Nothing happens any more; wait until everything that did is answered."""
        self.over, self.pause_s = True, 0

        async def all_empty() -> bool:
            return not any(courier.phone.outbox for courier in self.couriers)

        await until(all_empty, RECOVERY_S, "the outboxes to be empty")


@asynccontextmanager
async def under_load(machine: Machine, seed: int = 7, parcels: int = PARCELS) -> AsyncIterator[Load]:
    """A machine that is whole, with couriers who tell until this is left."""
    await machine.whole()
    async with open_line(machine.url) as line:
        load = await a_load(machine, line, random.Random(seed), parcels)
        work = [asyncio.create_task(courier.tell(load)) for courier in load.couriers]
        work.append(asyncio.create_task(load.wander()))
        try:
            yield load
        finally:
            for task in work:
                task.cancel()
            ended = await asyncio.gather(*work, return_exceptions=True)
        assert all(isinstance(fault, asyncio.CancelledError) for fault in ended), ended


async def a_load(machine: Machine, line: Line, chance: random.Random, count: int) -> Load:
    """An office, couriers with phones, and parcels; nobody posts yet."""
    desk = await open_office(line, await machine.setup_token(), SystemClock(), Book())
    known = Acknowledged()
    couriers = []
    for index in range(COURIERS):
        party = await desk.driver(f"Courier {index}")
        couriers.append(Courier(await desk.phone(party, "phone"), known, chance))
    merchant = (await desk.merchants())[0]
    parcels = await _parcels(desk, merchant, couriers, count)
    return Load(desk, couriers, parcels, known, chance, merchant)


async def _parcels(desk: Desk, merchant: Merchant, couriers: list[Courier], count: int) -> list[Parcel]:
    """Parcels of one merchant, each taken in by a courier over the counter."""
    body = {"service": "standard", "recipient": RECIPIENT, "parcels": [{"weight_g": 900}] * count}
    made = await desk.line.post("/v1/shipments", body, auth=merchant.key, idempotency_key="all-of-them")
    parcels = []
    for parcel, holder in zip(made["parcels"], itertools.cycle(couriers), strict=False):
        taken = Parcel(ParcelId(parcel["parcel"]), holder)
        holder.phone.hand_over(
            taken.parcel,
            desk.clock.now_ms(),
            after=FIRST_AFTER,
            giver=merchant.party,
            taker=holder.party,
            way=Way.COUNTER,
            state=State.RECEIVED,
        )
        taken.move(merchant.party, holder)
        parcels.append(taken)
    return parcels


def what_is_wrong_with(answer: httpx.Response) -> str | None:
    """What a 503 lacks of a problem that machines and people can use; None if nothing."""
    kind = answer.headers.get("content-type", "")
    if not answer.headers.get("retry-after", "").isdigit() or not kind.startswith("application/problem+json"):
        return f"503 without Retry-After or problem: {dict(answer.headers)}"
    said = answer.json()
    lacking = {"type", "title", "status", "code", "detail", "remedy", "params"} - set(said)
    return f"503 without {sorted(lacking)}" if lacking or said["status"] != 503 else None
