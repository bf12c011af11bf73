"""HTTP of services: what is offered with which promises, and changing that for shipments to come."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from safehand.identity.actions import Action
from safehand.identity.guard import Guard
from safehand.identity.model import Principal
from safehand.kernel.clock import Clock
from safehand.kernel.ids import UserId
from safehand.parcels.service import Service, Slot
from safehand.parcels.services import Services
from safehand.store.database import Store


class SlotIn(BaseModel):
    """A window of the day, in minutes since local midnight."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
    from_minute: Annotated[int, Field(ge=0, le=1_440)]
    to_minute: Annotated[int, Field(ge=0, le=1_440)]


class ServiceIn(BaseModel):
    """A service's promises; docs/operations.md explains each."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
    working_days: Annotated[int, Field(ge=0, le=1_000)]
    cut_off: Annotated[int, Field(ge=0, le=1_440)] = 1_440
    attempts: Annotated[int, Field(ge=0, le=1_000)] = 2
    held_days: Annotated[int, Field(ge=0, le=1_000)] = 7
    returns: bool = True
    slots: Annotated[list[SlotIn], Field(max_length=50)] = []
    offered: bool = True

    def service(self, code: str) -> Service:
        """The service as the desk takes it."""
        said = self.model_dump() | {"slots": tuple(Slot(**slot.model_dump()) for slot in self.slots)}
        return Service(code=code, **said)


class ServiceOut(ServiceIn):
    """A service on record."""

    code: str


class ServicesOut(BaseModel):
    """What is on record."""

    services: list[ServiceOut]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDesks:
    """What the routes of services ask."""

    store: Store
    services: Services
    clock: Clock
    guard: Guard


def router(desks: ServiceDesks) -> APIRouter:
    """The routes under /v1/services."""
    api = APIRouter(prefix="/v1/services", tags=["services"])
    guard = desks.guard

    @api.get("")
    async def list_services(_: Annotated[Principal, Depends(guard.allow(Action.PUBLIC_READ))]) -> ServicesOut:
        """Every service, also those that are not offered any more."""
        async with desks.store.transaction() as tx:
            found = await desks.services.listed(tx)
        return ServicesOut(services=[ServiceOut.model_validate(one) for one in found])

    @api.put("/{code}")
    async def set_service(
        code: str, asked: ServiceIn, me: Annotated[Principal, Depends(guard.allow(Action.SERVICE_SET))]
    ) -> ServiceOut:
        """A new service, or new promises for what is sent from now on. What was promised stays promised."""
        service = asked.service(code[:40])
        async with desks.store.transaction() as tx:
            await desks.services.put(tx, service, UserId(me.id), desks.clock.now_ms())
        return ServiceOut.model_validate(service)

    return api
