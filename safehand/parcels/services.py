"""Services on record. Rows, not code: none is changed, one is added."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from safehand.kernel.ids import UserId
from safehand.parcels.errors import NoSuchService
from safehand.parcels.service import Service
from safehand.store.database import Record, Tx

LISTED_MAX = 200


@dataclass(frozen=True, slots=True)
class Services:
    """The services on record, in the caller's transaction."""

    async def get(self, tx: Tx, code: str) -> Service:
        """The newest version.

        Errors
            NoSuchService
        """
        found = (await self.many(tx, [code])).get(code)
        if found is None:
            raise NoSuchService(code[:40])
        return found

    async def many(self, tx: Tx, codes: Sequence[str]) -> dict[str, Service]:
        """The newest version of each; unknown ones are left out."""
        rows = await tx.fetch(
            "SELECT DISTINCT ON (code) code, body FROM services WHERE code = ANY($1::text[])"
            " ORDER BY code, version DESC",
            sorted(set(codes)),
        )
        return {row["code"]: _service(row) for row in rows}

    async def listed(self, tx: Tx) -> list[Service]:
        """All of them by code, at most LISTED_MAX."""
        rows = await tx.fetch(
            "SELECT DISTINCT ON (code) code, body FROM services ORDER BY code, version DESC LIMIT $1", LISTED_MAX
        )
        return [_service(row) for row in rows]

    async def put(self, tx: Tx, service: Service, by: UserId | None, now_ms: int) -> int:
        """A new version, for shipments from now on; its number.

        Errors
            BadService
        """
        service.check()
        rows = await tx.fetch(
            "INSERT INTO services (code, body, by_user, made_ms) VALUES ($1, $2, $3, $4) RETURNING version",
            service.code,
            msgspec.json.encode(service),
            by,
            now_ms,
        )
        return int(rows[0]["version"])


def _service(row: Record) -> Service:
    return msgspec.json.decode(row["body"], type=Service)
