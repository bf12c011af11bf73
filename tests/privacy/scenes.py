"""A town in which one person's parcel was delivered, with unmistakable words in every field that can hold some."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from safehand.events.statement import FIRST_AFTER
from safehand.events.vocabulary import Evidence, Side, State, Way
from safehand.kernel.ids import PartyId, PersonId
from safehand.store.database import Tx
from tests.app.test_day import handover
from tests.installations import Asked, Phone, Town

CANARY = "Kanarialintu"
"""Stands in every field of the person, whole."""
WHO = {
    "name": f"Aino {CANARY}",
    "street": f"{CANARY}polku 7",
    "postal_code": "00130",
    "city": f"{CANARY}la",
    "country": "FI",
    "phone": "+358 40 771 5533",
    "email": f"aino@{CANARY}.example",
    "note": f"ring at {CANARY}'s",
    "lat_e7": 601_234_567,
    "lon_e7": 249_765_432,
}
PICTURE = b"\x89PNG\r\n\x1a\n" + f"{CANARY} at the door".encode()
PICTURE_HASH = hashlib.sha256(PICTURE).hexdigest()
WORDS = (
    CANARY.encode(),
    CANARY.lower().encode(),
    CANARY.upper().encode(),
    b"771 5533",
    b"7715533",
    b"601234567",
    PICTURE,
)


def traces(everything: bytes) -> list[str]:
    """Which of the person's words are left in any form."""
    return [word.decode("latin-1") for word in WORDS if any(form in everything for form in forms(word))]


def forms(word: bytes) -> Iterator[bytes]:
    """How a word may stand: as it is, in hex, in wide letters, or inside of something longer in base64."""
    yield word
    yield word.hex().encode()
    yield word.hex().upper().encode()
    yield word.decode("latin-1").encode("utf-16-le")
    for before in range(3):
        inside = base64.b64encode(b"\0" * before + word)[-(-before * 4 // 3) : -4]
        yield inside
        yield inside.translate(bytes.maketrans(b"+/", b"-_"))


@dataclass
class Delivered:
    """One delivered parcel: whose, whose key opens it, and the recipient's link."""

    parcel: str
    tracking: str
    person: PersonId
    shipment: str
    merchant: dict[str, str]
    link: dict[str, str]
    link_token: str
    picture: str
    phone: Phone


async def delivered(town: Town, order: str = "one", **who: Any) -> Delivered:
    """A parcel from the merchant to the door, with PIN, drawing, remark and picture; and all of it in the log."""
    done = await brought(town, order, **who)
    await town.settle()
    return done


async def brought(town: Asked, order: str = "one", **who: Any) -> Delivered:
    """The same; it comes into the log when it does."""
    merchant, key = await town.merchant(f"Kirjakauppa {order}")
    depot = await town.party("depot", f"Kalasatama {order}")
    driver = await town.party("driver", f"Mikko {order}")
    scanner, phone = await town.phone(depot), await town.phone(driver)
    made = await town.shipment(
        key,
        order,
        recipient=WHO | who,
        parcels=[{"weight_g": 900, "value_cents": 1_990, "contents": f"{CANARY} book"}],
        reference=f"{CANARY}-{order}"[:35],
    )
    one = made["parcels"][0]
    parcel, token = one["parcel"], one["recipient_link"].partition("?k=")[2]
    link = {"Authorization": f"Bearer shl_{token}"}
    received = handover(
        scanner, parcel, merchant, depot, FIRST_AFTER, side=Side.TAKER, way=Way.COUNTER, state=State.RECEIVED
    )
    given = handover(scanner, parcel, depot, driver, received.handover, side=Side.GIVER)
    taken = handover(phone, parcel, depot, driver, received.handover, side=Side.TAKER)
    assert (await scanner.tell(scanner.item(received), scanner.item(given))).is_success
    assert (await phone.tell(phone.item(taken))).is_success
    known = (await phone.send("GET", f"/v1/parcels/{parcel}")).json()
    picture = await _pictured(phone, parcel)
    await _handed_out(town, phone, one, driver, known, link)
    return Delivered(
        parcel,
        one["tracking"],
        PersonId(PartyId(known["recipient"])),
        made["shipment"],
        key,
        link,
        token,
        picture,
        phone,
    )


async def _pictured(phone: Phone, parcel: str) -> str:
    headers = {"Safehand-Parcel": parcel, "Content-Type": "image/png"}
    assert (await phone.send("PUT", f"/v1/evidence/{PICTURE_HASH}", PICTURE, **headers)).status_code == 201
    return PICTURE_HASH


async def _handed_out(
    town: Asked, phone: Phone, one: dict[str, Any], driver: str, known: dict[str, Any], link: dict[str, str]
) -> None:
    mine = await town.told("GET", f"/v1/tracking/{one['tracking']}", link)
    place = {"lat_e7": WHO["lat_e7"], "lon_e7": WHO["lon_e7"]}
    said = {"pin": mine["pin"], "name": CANARY, "drawing": [[601_234_567, 77_155_33]], "photo": PICTURE_HASH} | place
    body = json.dumps(said).encode()
    done = handover(
        phone,
        one["parcel"],
        driver,
        known["recipient"],
        known["last_handover"],
        side=Side.GIVER,
        way=Way.PIN,
        state=State.DELIVERED,
        evidence=(Evidence.PIN, Evidence.DRAWING, Evidence.PHOTO),
        body_hash=phone.body_hash(body),
    )
    answer = await phone.tell(phone.item(done, body))
    assert answer.json()["answers"][0]["outcome"] == "stored", answer.text


async def every_row(tx: Tx) -> bytes:
    """Everything that every table holds, as text and as bytes; the names of the tables are part of it."""
    tables = await tx.fetch(
        "SELECT format('%I.%I', schemaname, tablename) AS t FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    found: list[bytes] = []
    for table in tables:
        for row in await tx.fetch(f"SELECT * FROM {table['t']}"):
            found += [value if isinstance(value, bytes) else str(value).encode() for value in row.values()]
    return b"\n".join(found)
