"""A storm of sign-ins: what everybody else waits meanwhile.

A depot's morning: everybody signs in at once with the right password, from addresses of their own, and goes on doing
so. Beside it somebody already signed in reads a parcel, at an even pace. Hashing is all the work there is in a sign-in.
"""

import asyncio
import random
import time
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.measure import Measure, percentile
from safehand.identity.model import Role
from safehand.identity.passwords import Passwords
from safehand.identity.users import NewUser
from tests.app.api_process import an_api_process
from tests.installations import ORIGIN, PASSWORD, Town, a_town
from tests.servers import Database, cloned, migrated_template, running_postgres, scratch_folder

PEOPLE = 200
AT_ONCE = 34
"""As many as are hashed or wait for it in one process; whoever comes beyond those is turned away at once."""
EVERY_S = 0.03
ROUNDS, ROUND_S = 5, 10
"""Calm and storm take turns: one pause of the disk, which this is not about, decides one round and not the measure."""
WARM_S = 2
RATIO_MAX = 2
START_S = 60


@dataclass
class Morning:
    """One API process, somebody who works, and everybody who signs in."""

    client: httpx.AsyncClient
    work: str
    who: dict[str, str]
    logins: list[str]
    signed_in: int = 0
    turned_away: int = 0
    _dice: random.Random = field(default_factory=lambda: random.Random(7))

    async def waits_ms(self) -> list[float]:
        """How long each of the worker's requests took, asked at an even pace whether or not the last was answered."""
        times: list[float] = []

        async def ask() -> None:
            start = time.perf_counter()
            (await self.client.get(self.work, headers=self.who)).raise_for_status()
            times.append((time.perf_counter() - start) * 1_000)

        async with asyncio.TaskGroup() as asked:
            until = time.perf_counter() + ROUND_S
            while time.perf_counter() < until:
                asked.create_task(ask())
                await asyncio.sleep(EVERY_S)
        return times

    async def sign_in_for_ever(self) -> None:
        """One of the crowd."""
        while True:
            said = {"login": self._dice.choice(self.logins), "password": PASSWORD}
            address = f"198.51.{self._dice.randrange(256)}.{self._dice.randrange(256)}"
            answer = await self.client.post(
                "/v1/sessions", json=said, headers={"Origin": ORIGIN, "X-Forwarded-For": address}
            )
            self.client.cookies.clear()
            self.signed_in += answer.status_code == 201
            self.turned_away += answer.status_code in {429, 503}


def storm() -> Measure:
    """The worker's 99 of 100 with the storm, over the same without it: the middle one of the rounds."""
    with running_postgres(on_disk=True) as server, scratch_folder(on_disk=True) as folder:
        database = cloned(server, migrated_template(server))
        rounds, morning = asyncio.run(_measured(database, Path(folder) / "data"))
    ratios = sorted(percentile(stormy, 0.99) / percentile(calm, 0.99) for calm, stormy in rounds)
    calm, stormy = ([wait for one in rounds for wait in one[which]] for which in (0, 1))
    return Measure(
        subject="others' p99 in a storm of sign-ins",
        value=ratios[len(ratios) // 2],
        unit="times calm",
        must="at most",
        bound=RATIO_MAX,
        floor=f"the same requests without it: {percentile(calm, 0.99):.1f} ms",
        detail=f"rounds {' '.join(f'{ratio:.2f}' for ratio in ratios)}; median {percentile(calm, 0.5):.1f} ->"
        f" {percentile(stormy, 0.5):.1f} ms; {len(stormy)} requests beside"
        f" {morning.signed_in / (ROUNDS * ROUND_S):.1f} sign-ins a second, {morning.turned_away} turned away",
    )


async def _measured(database: Database, folder: Path) -> tuple[list[tuple[list[float], list[float]]], Morning]:
    async with a_town(database, folder) as town, _served(database, folder) as client:
        morning = await _morning(town, client)
        await asyncio.wait_for(morning.waits_ms(), START_S)  # everything is warm afterwards
        rounds = [(await morning.waits_ms(), await _stormy(morning)) for _ in range(ROUNDS)]
        assert morning.signed_in, "nobody signed in: that was no storm"
    await database.close()
    return rounds, morning


async def _stormy(morning: Morning) -> list[float]:
    """The same with the crowd; it has gone when this returns."""
    crowd = [asyncio.create_task(morning.sign_in_for_ever()) for _ in range(AT_ONCE)]
    await asyncio.sleep(WARM_S)
    before = morning.signed_in
    waits = await morning.waits_ms()
    meanwhile = morning.signed_in - before
    for one in crowd:
        one.cancel()
    for one in crowd:
        with suppress(asyncio.CancelledError):
            await one
    morning.signed_in = before + meanwhile
    await asyncio.sleep(WARM_S)  # what was being hashed for them ends
    return waits


async def _morning(town: Town, client: httpx.AsyncClient) -> Morning:
    _, key = await town.merchant()
    [parcel] = (await town.shipment(key))["parcels"]
    await town.settle()
    hashed = await Passwords().hash(PASSWORD)
    logins = [f"driver{number}" for number in range(PEOPLE)]
    async with town.here.store.transaction() as tx:
        for login in logins:
            new = NewUser(login=login, name=login, password_hash=hashed, roles=frozenset({Role.DISPATCHER}), party=None)
            await town.here.identity.users.create(tx, new, town.here.clock.now_ms())
    work = f"/v1/parcels/{parcel['parcel']}"
    return Morning(client, work, await town.hire("dora", "dispatcher"), logins)


def _served(database: Database, folder: Path) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    proxied = {"SAFEHAND_TRUSTED_PROXIES": "127.0.0.1"}
    return an_api_process(database, folder, connections_max=AT_ONCE + 50, **proxied)
