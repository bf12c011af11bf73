"""Contents: which parcels lie in which cage or bag. Rows that say what the parcels' heads say, for finding them."""

from collections.abc import Collection, Mapping

from safehand.custody.head import Within
from safehand.store.database import Tx


async def contents_of(tx: Tx, aggregates: Collection[str]) -> dict[str, set[str]]:
    """The ids of what lies in each of these."""
    found: dict[str, set[str]] = {aggregate: set() for aggregate in aggregates}
    if not found:
        return found
    rows = await tx.fetch(
        "SELECT aggregate, parcel FROM aggregate_contents WHERE aggregate = ANY($1::text[])", list(found)
    )
    for row in rows:
        found[row["aggregate"]].add(row["parcel"])
    return found


async def write_contents(tx: Tx, places: Mapping[str, Within | None]) -> None:
    """Note where each of these parcels lies now. Whoever calls holds the locks of their heads."""
    out = [parcel for parcel, within in places.items() if within is None]
    if out:
        await tx.run("DELETE FROM aggregate_contents WHERE parcel = ANY($1::text[])", out)
    lying = [(parcel, within) for parcel, within in places.items() if within is not None]
    if lying:
        await tx.run(
            "INSERT INTO aggregate_contents (parcel, aggregate, since_ms)"
            " SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])"
            " ON CONFLICT (parcel) DO UPDATE SET aggregate = excluded.aggregate, since_ms = excluded.since_ms",
            [parcel for parcel, _ in lying],
            [within.aggregate for _, within in lying],
            [within.since_ms for _, within in lying],
        )
