"""Coming in and going out, through the desk that machines use too."""

import pytest

from safehand.app.pages.errors import NameUnusable
from safehand.identity.errors import PasswordTooShort, SetupLinkSpent, WrongPassword
from safehand.identity.model import NAME_CHARS_MAX, Role
from safehand.identity.openings import Browser
from safehand.surfaces.ports import Entering
from tests.app.pages.scene import Scene
from tests.installations import PASSWORD

ADDRESS = "203.0.113.7"


async def test_a_new_session_ends_the_one_that_the_browser_had(scene: Scene) -> None:
    entrance = scene.site.entrance
    first = (await entrance.sign_in(Entering("root", PASSWORD, ADDRESS), Browser(ADDRESS))).session
    second = (await entrance.sign_in(Entering("root", PASSWORD, ADDRESS), Browser(ADDRESS, session=first))).session

    assert await scene.session(first) is None
    assert await scene.session(second) is not None
    await entrance.sign_out(second)
    await entrance.sign_out("never was one")
    assert await scene.session(second) is None


async def test_a_wrong_password_opens_nothing(scene: Scene) -> None:
    with pytest.raises(WrongPassword):
        await scene.site.entrance.sign_in(Entering("root", "not the password", ADDRESS), Browser(ADDRESS))


async def test_a_setup_link_makes_one_administrator_who_is_then_in(scene: Scene) -> None:
    entrance = scene.site.entrance
    link = await scene.town.here.identity.sign_in.make_setup_link()
    assert await entrance.setup_open(link)

    entered = await entrance.setup(link, "  Ritva \t Salo ", Entering("ritva", PASSWORD, ADDRESS))

    me = await scene.session(entered.session)
    assert me is not None
    assert me.roles == {Role.ADMIN}
    async with scene.town.here.store.transaction() as tx:
        names = await scene.town.here.identity.users.names(tx, [me.id])
    assert list(names.values()) == ["Ritva Salo"]
    assert not await entrance.setup_open(link)
    with pytest.raises(SetupLinkSpent):
        await entrance.setup(link, "Ritva", Entering("ritva2", PASSWORD, ADDRESS))


async def test_what_is_refused_at_setup_leaves_the_link_open(scene: Scene) -> None:
    entrance = scene.site.entrance
    link = await scene.town.here.identity.sign_in.make_setup_link()

    for name in ("", " \n", "x" * (NAME_CHARS_MAX + 1), "Rit\x07va", "Rit\u202eva"):
        with pytest.raises(NameUnusable):
            await entrance.setup(link, name, Entering("ritva", PASSWORD, ADDRESS))
    with pytest.raises(PasswordTooShort):
        await entrance.setup(link, "Ritva", Entering("ritva", "short", ADDRESS))

    assert await entrance.setup_open(link)
    assert not await entrance.setup_open("not a link")
