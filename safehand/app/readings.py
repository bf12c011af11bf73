"""Readings: what the parts of an installation tell of themselves when Prometheus asks."""

from collections.abc import Iterable

from safehand.app.door import Door
from safehand.app.installation import Installation
from safehand.app.metrics import Reading
from safehand.store.jobs import count_jobs


def readings_of(here: Installation, door: Door) -> list[Reading]:
    """Every reading of this installation."""

    async def behind() -> Iterable[tuple[str, float]]:
        return [(lag.name, lag.behind) for lag in await here.projector.lags()]

    async def unsequenced() -> Iterable[tuple[str, float]]:
        async with here.store.transaction() as tx:
            return [("", (await tx.fetch("SELECT count(*) AS n FROM facts_to_sequence"))[0]["n"])]

    async def jobs() -> Iterable[tuple[str, float]]:
        async with here.store.transaction() as tx:
            counts = await count_jobs(tx)
        return [(state, sum(n for (_, of), n in counts.items() if of == state)) for state in JOB_STATES]

    async def cosigned() -> Iterable[tuple[str, float]]:
        return [(one.witness.name, one.size) for one in (here.witnesses.standings if here.witnesses else ())]

    async def expires() -> Iterable[tuple[str, float]]:
        return [("", door.certificate.expires_s)] if door.certificate is not None else []

    async def connected() -> Iterable[tuple[str, float]]:
        return [("", door.gate.inside)]

    async def shut_out() -> Iterable[tuple[str, float]]:
        return [("no_room", door.gate.turned_away), ("too_slow", door.gate.ended)]

    return [
        Reading("safehand_projection_behind_facts", "Facts not folded in", "projection", behind),
        Reading("safehand_log_unsequenced_facts", "Facts that wait for their place in the log", None, unsequenced),
        Reading("safehand_jobs", "Jobs by state", "state", jobs),
        Reading("safehand_witness_size_entries", "Entries it cosigned last", "witness", cosigned),
        Reading("safehand_tls_certificate_expires_seconds", "When our certificate ends", None, expires),
        Reading("safehand_connections", "Connections that are open", None, connected),
        Reading("safehand_connections_shut_out", "Connections that we ended", "reason", shut_out, rising=True),
    ]


JOB_STATES = ("waiting", "running", "dead")
