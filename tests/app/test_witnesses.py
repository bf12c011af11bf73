"""Witnesses of an installation: a receipt carries their word, and what they miss is told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from safehand.app.installation import build
from safehand.app.settings import BadSetting, Settings
from safehand.bus.notices import LocalBus
from safehand.kernel.clock import SystemClock
from safehand.ledger.note import parse_note
from safehand.ledger.receipt import verify_receipt
from safehand.ledger.signing import load_or_create_key
from safehand.ledger.witness.cosignature import cosignatures
from safehand.ledger.witness.policy import Policy, parse_policy
from tests.installations import LOG_NAME, Town, a_town
from tests.ledger.witness.running import ServedWitness, a_served_witness
from tests.servers import Database


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data" / "keys").mkdir(parents=True, mode=0o700)
    return tmp_path / "data"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return tmp_path / "policy"


@pytest.fixture
async def witnessed(
    database: Database, data: Path, policy: Path, tmp_path: Path
) -> AsyncIterator[tuple[Town, ServedWitness]]:
    log_key = load_or_create_key(data / "keys" / "log.key", LOG_NAME).verifier
    with a_served_witness(tmp_path / "witness", logs=[log_key]) as running:
        write(policy, f"log {log_key}", f"witness insurer {running.key} {running.url}", "quorum insurer")
        async with a_town(database, data, witness_policy=policy) as town:
            yield town, running


def write(policy: Path, *lines: str) -> None:
    policy.write_text("".join(f"{line}\n" for line in lines))


def read(policy: Path) -> Policy:
    return parse_policy(policy.read_bytes())


async def ask_witnesses(town: Town) -> None:
    assert town.here.witnesses is not None
    await town.here.witnesses.run_once()


async def test_a_receipt_waits_for_its_witness_and_carries_its_word(
    witnessed: tuple[Town, ServedWitness], policy: Path
) -> None:
    town, running = witnessed
    _, merchant = await town.merchant()
    made = await town.shipment(merchant)
    parcel = made["parcels"][0]["parcel"]
    await town.settle()
    early = await town.ask("GET", f"/v1/parcels/{parcel}/receipt", merchant)
    lag_before = (await town.told("GET", "/v1/lag"))["witnesses"]
    await ask_witnesses(town)
    receipt = await town.ask("GET", f"/v1/parcels/{parcel}/receipt", merchant)
    checkpoint = (await town.ask("GET", "/log/checkpoint", {})).content
    lag_after = (await town.told("GET", "/v1/lag"))["witnesses"]
    metrics = (await town.ask("GET", "/metrics")).text
    verified = verify_receipt(receipt.content, None, read(policy))

    assert early.status_code == 503
    assert "retry-after" in early.headers
    assert [one.witness for one in verified.cosigned] == [running.key]
    assert [one.witness for one in cosignatures(parse_note(checkpoint), [running.key])] == [running.key]
    size = verified.checkpoint.size
    assert lag_before == [{"name": "insurer", "size": 0, "behind": size, "trouble": ""}]
    assert lag_after == [{"name": "insurer", "size": size, "behind": 0, "trouble": ""}]
    assert f'safehand_witness_size_entries{{witness="insurer"}} {size}.0' in metrics


async def test_a_witness_that_is_gone_stops_no_parcel_and_no_signing(witnessed: tuple[Town, ServedWitness]) -> None:
    town, running = witnessed
    running.end()
    _, merchant = await town.merchant()
    await town.shipment(merchant)
    await town.settle()
    await ask_witnesses(town)
    lag = await town.told("GET", "/v1/lag")

    assert lag["signed"] == lag["size"] == lag["facts"] > 0
    assert lag["witnesses"][0]["trouble"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "can be read"),
        ("quorum", "tlog-policy"),
        ("witness w {key} http://witness.example\nquorum w\n", "https address"),
        ("witness w {key} file:///etc/passwd\nquorum w\n", "https address"),
    ],
    ids=["missing", "no policy", "clear text", "a file"],
)
def test_a_policy_that_cannot_be_used_keeps_it_from_starting(
    database: Database, data: Path, policy: Path, tmp_path: Path, text: str | None, said: str
) -> None:
    if text is not None:
        with a_served_witness(tmp_path / "witness") as running:
            policy.write_text(text.format(key=running.key))
    settings = Settings(data=data, database_url=database.app_url, log_name=LOG_NAME, witness_policy=policy)

    with pytest.raises(BadSetting) as refused:
        build(settings, database.store(), LocalBus(), SystemClock())
    assert refused.value.params["name"] == "SAFEHAND_WITNESS_POLICY"
    assert said in str(refused.value.params["wanted"])
