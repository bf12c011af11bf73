"""A merchant's system: tells of shipments, once each however often it asks, and prints labels."""

import asyncio

from safehand.demo.book import Book
from safehand.demo.line import Line
from safehand.demo.office import Merchant
from safehand.demo.plan import DayPlan, ShipmentPlan
from safehand.demo.world import Box
from safehand.kernel.ids import ParcelId

AT_ONCE = 8
LABELS = 2
"""So many labels a merchant fetches, as a printer would."""
REPEATED_EVERY = 10
"""Every tenth shipment is told twice, as after a broken connection."""


async def tell_shipments(line: Line, book: Book, merchant: Merchant, day: DayPlan) -> list[Box]:
    """Create all of one merchant's shipments, and fetch a few labels."""
    gate = asyncio.Semaphore(AT_ONCE)
    wanted = [shipment for shipment in day.shipments if shipment.shop is merchant.shop]

    async def one(shipment: ShipmentPlan) -> list[Box]:
        async with gate:
            return await _tell(line, book, merchant, day.seed, shipment)

    boxes = [box for told in await asyncio.gather(*map(one, wanted)) for box in told]
    for box in boxes[:LABELS]:
        await _print_label(line, book, merchant, box)
    return boxes


async def _tell(line: Line, book: Book, merchant: Merchant, seed: int, shipment: ShipmentPlan) -> list[Box]:
    key = f"demo-{seed}-{shipment.index}"
    said = shipment_body(shipment)
    answer = await line.post("/v1/shipments", said, auth=merchant.key, idempotency_key=key)
    if shipment.index % REPEATED_EVERY == 0:
        again = await line.post("/v1/shipments", said, auth=merchant.key, idempotency_key=key)
        book.check(again == answer, f"shipment {answer['shipment']}: told twice, it was answered in two ways")
    parcels = answer["parcels"]
    book.check(len(parcels) == len(shipment.parcels), f"shipment {answer['shipment']}: {len(parcels)} parcels")
    return [
        Box(
            shipment=shipment,
            plan=plan,
            parcel=ParcelId(made["parcel"]),
            sscc=made["sscc"],
            tracking=made["tracking"],
            link=made["recipient_link"],
            must_seal=made["sealed"],
        )
        for plan, made in zip(shipment.parcels, parcels, strict=False)
    ]


def shipment_body(shipment: ShipmentPlan) -> dict[str, object]:
    """The body of `POST /v1/shipments`."""
    address = shipment.address
    return {
        "reference": f"order-{shipment.index + 1:05d}",
        "service": "express" if shipment.express else "standard",
        "recipient": {
            "name": shipment.recipient,
            "street": address.line,
            "postal_code": address.postal_code,
            "city": address.city,
            "country": address.country,
            "lat_e7": address.lat_e7,
            "lon_e7": address.lon_e7,
        },
        "parcels": [
            {
                "weight_g": parcel.ware.weight_g,
                "value_cents": parcel.ware.value_cents,
                "contents": parcel.ware.contents,
            }
            for parcel in shipment.parcels
        ],
    }


async def _print_label(line: Line, book: Book, merchant: Merchant, box: Box) -> None:
    path = f"/v1/parcels/{box.parcel}/label?format=pdf-a6&discreet=true"
    label = await line.ask("GET", path, auth=merchant.key)
    book.check(label.content.startswith(b"%PDF-"), f"{box.parcel}: the label is not a PDF")
