"""HTTP for machines: sessions, set-up, staff, parties, keys, devices."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from safehand.identity import key_routes
from safehand.identity.actions import Action
from safehand.identity.commands import DeviceDesk, Hired, StaffDesk
from safehand.identity.errors import NoSuchParty, SignInNeeded
from safehand.identity.forms import (
    AlarmOut,
    AlarmsOut,
    DeviceMade,
    DeviceOut,
    DevicesOut,
    DriverIn,
    EnrolmentIn,
    Id,
    InvitationIn,
    InvitationMade,
    MerchantIn,
    MerchantMade,
    NewPassword,
    PartiesOut,
    PartyIn,
    PartyMade,
    PartyOut,
    SessionOut,
    SetUp,
    SignIn,
    UserIn,
    UserMade,
    UserOut,
    UsersOut,
)
from safehand.identity.guard import SESSION_COOKIE, Guard, browser_of
from safehand.identity.model import PartyKind, Principal, Resource
from safehand.identity.sign_in import NewAdmin, Password, SignInDesk
from safehand.kernel.ids import PartyId, UserId


def router(sign_in: SignInDesk, staff: StaffDesk, devices: DeviceDesk, guard: Guard) -> APIRouter:
    """All of this room's routes."""
    api = APIRouter(prefix="/v1", tags=["identity"])
    _sessions(api, sign_in, guard)
    _users(api, staff, guard)
    _parties(api, staff, guard)
    key_routes.register(api, staff, guard)
    _enrolment(api, staff, devices, guard)
    _fleet(api, devices, guard)
    _alarms(api, devices, guard)
    return api


def _sessions(api: APIRouter, desk: SignInDesk, guard: Guard) -> None:
    @api.post("/sessions", status_code=201, dependencies=[Depends(guard.allow(Action.SESSION_OPEN))])
    async def open_session(body: SignIn, request: Request, response: Response) -> SessionOut:
        """Sign in. The session is a cookie that scripts cannot read."""
        typed = Password(body.login, body.password, _address(request))
        signed_in = await desk.sign_in(typed, browser_of(request))
        guard.set_session(response, signed_in.token)
        guard.set_browser(response, signed_in.known)
        user = signed_in.user
        return SessionOut(user=user.id, roles=sorted(user.roles), expires_ms=signed_in.expires_ms)

    @api.delete("/sessions", status_code=204)
    async def close_session(
        me: Annotated[Principal, Depends(guard.allow(Action.SESSION_CLOSE))],
        request: Request,
        response: Response,
        everywhere: Annotated[bool, Query(alias="all")] = False,
    ) -> None:
        """Sign out here, or with `all=true` everywhere."""
        if everywhere:
            await desk.sign_out_everywhere(_user(me))
        else:
            await desk.sign_out(request.cookies.get(SESSION_COOKIE, ""))
        guard.clear_session(response)

    @api.put("/password", status_code=204)
    async def change_password(
        body: NewPassword,
        me: Annotated[Principal, Depends(guard.allow(Action.PASSWORD_CHANGE))],
        request: Request,
        response: Response,
    ) -> None:
        """Replace your own password. All your sessions end, this one too."""
        await desk.change_password(_user(me), Password("", body.password, _address(request)), body.new)
        guard.clear_session(response)

    @api.post("/setup", status_code=201, dependencies=[Depends(guard.allow(Action.SETUP_USE))])
    async def set_up(body: SetUp, request: Request) -> UserMade:
        """Use a one-time link for a new administrator, who can then sign in."""
        typed = Password(body.login, body.password, _address(request))
        return UserMade(user=await desk.set_up(NewAdmin(body.token, typed, body.name)))


def _users(api: APIRouter, desk: StaffDesk, guard: Guard) -> None:
    @api.post("/users", status_code=201)
    async def add_user(body: UserIn, me: Annotated[Principal, Depends(guard.allow(Action.USER_CREATE))]) -> UserMade:
        """Add a member of the staff."""
        party = PartyId(body.party) if body.party is not None else None
        hired = Hired(body.login, body.password, body.name, frozenset(body.roles), party)
        return UserMade(user=await desk.hire(hired, _user(me)))

    @api.get("/users")
    async def list_users(
        me: Annotated[Principal, Depends(guard.allow(Action.USER_READ))], after: Id | None = None
    ) -> UsersOut:
        """The users whom the asker may see."""
        page, names = await desk.staff(after, only=guard.reach(me, Action.USER_READ).parties)
        users = [
            UserOut(
                user=user.id,
                login=user.login,
                name=names.get(user.id, ""),
                roles=sorted(user.roles),
                party=user.party,
                disabled=user.disabled,
            )
            for user in page.rows
        ]
        return UsersOut(users=users, next=page.next)

    @api.post("/users/{user}/disable", status_code=204)
    async def disable_user(user: Id, me: Annotated[Principal, Depends(guard.allow(Action.USER_DISABLE))]) -> None:
        """Let somebody in no more; all their sessions end."""
        found = await desk.user(user)
        guard.require(me, Action.USER_DISABLE, Resource.of_user(found.id, party=found.party))
        await desk.disable(found.id, _user(me))


def _parties(api: APIRouter, desk: StaffDesk, guard: Guard) -> None:
    @api.post("/parties", status_code=201, dependencies=[Depends(guard.allow(Action.PARTY_CREATE))])
    async def add_party(body: PartyIn) -> PartyMade:
        """Add a depot, a driver, a partner or a subcontractor."""
        party = await desk.add_party(PartyKind(body.kind), body.name)
        return PartyMade(party=party.id, place=party.place)

    @api.get("/parties")
    async def list_parties(
        me: Annotated[Principal, Depends(guard.allow(Action.PARTY_READ))],
        kind: PartyKind | None = None,
        after: Id | None = None,
    ) -> PartiesOut:
        """The parties that the asker may see."""
        only = guard.reach(me, Action.PARTY_READ).parties
        page, names = await desk.parties_page(kind, only=only, after=after)
        parties = [
            PartyOut(
                party=party.id,
                kind=party.kind,
                name=names.get(party.id, ""),
                country=party.country,
                place=party.place,
                employer=party.employer,
            )
            for party in page.rows
        ]
        return PartiesOut(parties=parties, next=page.next)

    @api.post("/subcontractors/{subcontractor}/drivers", status_code=201)
    async def add_driver(
        subcontractor: Id, body: DriverIn, me: Annotated[Principal, Depends(guard.allow(Action.DRIVER_ADD))]
    ) -> PartyMade:
        """Add a driver who works for a subcontractor."""
        employer = await desk.party(subcontractor)
        missing = NoSuchParty(party=employer.id)
        guard.require(me, Action.DRIVER_ADD, Resource.of_party(employer.id), missing=missing)
        return PartyMade(party=(await desk.add_driver(employer, body.name)).id, place=None)

    @api.post("/merchants", status_code=201, dependencies=[Depends(guard.allow(Action.PARTY_CREATE))])
    async def add_merchant(body: MerchantIn) -> MerchantMade:
        """Add a merchant."""
        party = await desk.add_party(PartyKind.MERCHANT, body.name, body.country)
        return MerchantMade(merchant=party.id)


def _enrolment(api: APIRouter, staff: StaffDesk, desk: DeviceDesk, guard: Guard) -> None:
    @api.post("/device-codes", status_code=201)
    async def invite_device(
        body: InvitationIn, me: Annotated[Principal, Depends(guard.allow(Action.DEVICE_INVITE))]
    ) -> InvitationMade:
        """A code of ten minutes, to be typed into the new device."""
        party = await staff.party(body.party)
        guard.require(me, Action.DEVICE_INVITE, Resource.of_party(party.id), missing=NoSuchParty(party=party.id))
        invitation = await desk.invite(party, body.label, _user(me))
        return InvitationMade(code=invitation.code, expires_ms=invitation.expires_ms)

    @api.post("/devices", status_code=201, dependencies=[Depends(guard.allow(Action.DEVICE_ENROL))])
    async def enrol_device(body: EnrolmentIn, request: Request) -> DeviceMade:
        """Enrol a device with its code, its public key, and the proof that it holds the private one."""
        device = await desk.enrol(body.asked(), _address(request))
        return DeviceMade(device=device.id, party=device.party)


def _fleet(api: APIRouter, desk: DeviceDesk, guard: Guard) -> None:
    @api.get("/devices")
    async def list_devices(
        me: Annotated[Principal, Depends(guard.allow(Action.DEVICE_READ))], after: Id | None = None
    ) -> DevicesOut:
        """The devices that the asker may see."""
        page = await desk.fleet(guard.reach(me, Action.DEVICE_READ).parties, after=after)
        return DevicesOut(devices=[DeviceOut.of(device) for device in page.rows], next=page.next)

    @api.post("/devices/{device}/replace", status_code=201)
    async def replace_device(
        device: Id, me: Annotated[Principal, Depends(guard.allow(Action.DEVICE_REPLACE))]
    ) -> InvitationMade:
        """A code of ten minutes for the device that takes this one's place; as it enrols, this one is retired."""
        found = await desk.device(device)
        guard.require(me, Action.DEVICE_REPLACE, Resource.of_device(found.id, party=found.party))
        invitation = await desk.replace(found, _user(me))
        return InvitationMade(code=invitation.code, expires_ms=invitation.expires_ms)

    @api.post("/devices/{device}/revoke", status_code=204)
    async def revoke_device(device: Id, me: Annotated[Principal, Depends(guard.allow(Action.DEVICE_REVOKE))]) -> None:
        """Trust a device no more: lost or stolen. One that is merely broken is replaced."""
        found = await desk.device(device)
        guard.require(me, Action.DEVICE_REVOKE, Resource.of_device(found.id, party=found.party))
        await desk.revoke(found.id, _user(me))


def _alarms(api: APIRouter, desk: DeviceDesk, guard: Guard) -> None:
    @api.get("/device-alarms")
    async def list_alarms(
        me: Annotated[Principal, Depends(guard.allow(Action.DEVICE_READ))], after: Id | None = None
    ) -> AlarmsOut:
        """Alarms about devices that seem to speak from two places, of those devices that the asker may see."""
        page = await desk.alarms(guard.reach(me, Action.DEVICE_READ).parties, after=after)
        return AlarmsOut(alarms=[AlarmOut.of(alarm) for alarm in page.rows], next=page.next)

    @api.post("/device-alarms/{alarm}/close", status_code=204)
    async def close_alarm(alarm: Id, me: Annotated[Principal, Depends(guard.allow(Action.DEVICE_REVOKE))]) -> None:
        """Say that somebody has looked at an alarm: whoever may revoke the device may."""
        found = await desk.alarm(alarm)
        guard.require(me, Action.DEVICE_REVOKE, Resource.of_device(found.device, party=found.party))
        await desk.close_alarm(found.id, _user(me))


def _user(me: Principal) -> UserId:
    if me.user is None:  # the policies let only staff come here
        raise SignInNeeded()
    return me.user


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
