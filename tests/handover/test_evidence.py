"""Evidence files: what is taken, under which name, and that nothing else is."""

import asyncio
import hashlib
from pathlib import Path

from safehand.handover.evidence import EVIDENCE_BYTES_MAX
from tests.asvs import asvs
from tests.installations import a_town
from tests.servers import Database

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
SCRIPT = b"<script>alert(1)</script>"
HASH = hashlib.sha256(PNG).hexdigest()


@asvs("5.2.1", "5.2.2", "5.3.1", "5.3.2", "1.3.4")
async def test_only_a_picture_of_its_own_kind_under_its_own_hash_is_taken_and_it_is_kept_sealed(
    database: Database, tmp_path: Path
) -> None:
    async with a_town(database, tmp_path) as town:
        _, key = await town.merchant()
        parcel = (await town.shipment(key))["parcels"][0]["parcel"]
        phone = await town.phone(await town.party("driver", "Mikko"))

        async def sent(body: bytes, kind: str, name: str | None = None) -> int:
            headers = {"Safehand-Parcel": parcel, "Content-Type": kind}
            named = name or hashlib.sha256(body).hexdigest()
            return (await phone.send("PUT", f"/v1/evidence/{named}", body, **headers)).status_code

        first, again = await sent(PNG, "image/png"), await sent(PNG, "image/png")
        refused = {
            "a script that says it is a picture": await sent(SCRIPT, "image/png"),
            "a picture of another kind": await sent(PNG, "image/jpeg"),
            "a drawing that can hold script": await sent(b"<svg onload='x'/>", "image/svg+xml"),
            "a page": await sent(SCRIPT, "text/html"),
            "another picture's name": await sent(PNG + b"\1", "image/png", HASH),
            "a path": await sent(PNG, "image/png", "..%2f..%2fkeys%2flog.key"),
            "too much": await sent(PNG + bytes(EVIDENCE_BYTES_MAX), "image/png"),
        }
        kept = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]

    assert (first, again) == (201, 200)
    assert set(refused.values()) <= {404, 409, 413, 415, 422}, refused
    assert len(kept) == 1
    assert not [path for path in kept if b"PNG" in path.read_bytes() or b"script" in path.read_bytes()]


async def test_a_picture_that_is_sent_many_times_at_once_is_kept_once(database: Database, tmp_path: Path) -> None:
    async with a_town(database, tmp_path) as town:
        _, key = await town.merchant()
        parcel = (await town.shipment(key))["parcels"][0]["parcel"]
        phone = await town.phone(await town.party("driver", "Mikko"))
        headers = {"Safehand-Parcel": parcel, "Content-Type": "image/png"}

        answers = await asyncio.gather(*(phone.send("PUT", f"/v1/evidence/{HASH}", PNG, **headers) for _ in range(8)))
        kept = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len(kept) == 1
