"""HTTP of jobs: what waits, what died, and running a dead one again."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel

from safehand.app.installation import Installation
from safehand.identity.actions import Action
from safehand.identity.model import Principal
from safehand.store.jobs import Job, list_jobs, rerun


class JobOut(BaseModel):
    """One job. `failure` names what failed and where, without the error's own words."""

    id: str
    kind: str
    state: str
    due_ms: int
    attempts: int
    attempts_max: int
    failed_ms: int | None
    failure: str | None

    @classmethod
    def of(cls, job: Job) -> "JobOut":
        """A job of the queue."""
        return cls(
            id=job.id,
            kind=job.kind,
            state=job.state,
            due_ms=job.due_ms,
            attempts=job.attempts,
            attempts_max=job.attempts_max,
            failed_ms=job.failed_ms,
            failure=job.failure,
        )


class JobsOut(BaseModel):
    """A page of jobs, in the order in which they were made."""

    jobs: list[JobOut]


def router(here: Installation) -> APIRouter:
    """The routes under /v1/jobs."""
    api = APIRouter(prefix="/v1/jobs", tags=["running"])
    guard = here.identity.guard

    @api.get("")
    async def jobs(
        _: Annotated[Principal, Depends(guard.allow(Action.JOB_READ))],
        state: Literal["waiting", "running", "dead"] | None = None,
        after: Annotated[str, Query(max_length=40)] = "",
    ) -> JobsOut:
        """Jobs in one state, or all of them; `after` is the id of the last one seen."""
        async with here.store.transaction() as tx:
            return JobsOut(jobs=[JobOut.of(job) for job in await list_jobs(tx, state=state, after=after)])

    @api.post("/{job}/rerun", status_code=204, response_class=Response)
    async def run_again(job: str, _: Annotated[Principal, Depends(guard.allow(Action.JOB_RETRY))]) -> Response:
        """Give a dead job its tries again."""
        async with here.store.transaction() as tx:
            await rerun(tx, job[:40], now_ms=here.clock.now_ms())
        return Response(status_code=204)

    return api
