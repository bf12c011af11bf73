"""Names of everything that a page may show an id of, and of nothing that its reader may not know."""

from safehand.identity.model import Role
from safehand.kernel.ids import DEVICE, PARTY, PERSON, PLACE, USER, new_id
from safehand.surfaces.views import Name, NameKind, PlaceName
from tests.app.pages.scene import Scene


async def test_every_kind_of_id_has_its_name_and_other_words_have_none(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    naming = scene.custody.naming
    unknown = [new_id(prefix, 1) for prefix in (PARTY, USER, DEVICE, PLACE)]
    person = new_id(PERSON, 1)
    async with scene.town.here.store.transaction() as tx:
        place = (await scene.town.here.identity.parties.get(tx, scene.depot)).place
        ids = [scene.driver, dora.user, scene.scanner.device, place, person, None, "", "loaded", "pty_no", "a" * 64]
        names = await naming.of(tx, [*ids, *unknown])

    assert names.parties == {
        scene.driver: Name("Mikko Virtanen", NameKind.DRIVER),
        scene.depot: Name("Kalasatama", NameKind.DEPOT),  # asked for through its place and its scanner
        dora.user: Name("Dora", NameKind.STAFF),
        scene.scanner.device: Name("Kalasatama", NameKind.DEPOT),
        person: Name("", NameKind.RECIPIENT),
    }
    assert names.places == {place: PlaceName("Kalasatama", "Europe/Helsinki")}


async def test_a_device_whose_party_is_not_asked_for_is_named_all_the_same(scene: Scene) -> None:
    async with scene.town.here.store.transaction() as tx:
        names = await scene.custody.naming.of(tx, [scene.phone.device])

    assert names.parties[scene.phone.device] == Name("Mikko Virtanen", NameKind.DRIVER)


async def test_a_recipient_reads_first_names_of_drivers_and_no_names_of_staff(scene: Scene) -> None:
    dora = await scene.viewer("dora", Role.DISPATCHER)
    async with scene.town.here.store.transaction() as tx:
        names = await scene.custody.naming.for_recipient(tx, [scene.driver, scene.depot, dora.user, scene.phone.device])

    assert names.parties == {
        scene.driver: Name("Mikko", NameKind.DRIVER),
        scene.depot: Name("Kalasatama", NameKind.DEPOT),
        dora.user: Name("", NameKind.STAFF),
        scene.phone.device: Name("Mikko", NameKind.DRIVER),
    }


async def test_an_erased_driver_has_no_name_any_more(scene: Scene) -> None:
    here = scene.town.here
    async with here.store.transaction() as tx:
        [row] = await tx.fetch("SELECT person FROM parties WHERE id = $1", scene.driver)
        await here.vault.erase(tx, row["person"], here.clock.now_ms())
    async with here.store.transaction() as tx:
        names = await scene.custody.naming.of(tx, [scene.driver])

    assert names.parties == {scene.driver: Name("", NameKind.DRIVER)}


async def test_more_ids_than_can_be_named_at_once_are_cut_off_and_refused_by_nothing(scene: Scene) -> None:
    many = [new_id(PARTY, at) for at in range(3_000)]
    async with scene.town.here.store.transaction() as tx:
        names = await scene.custody.naming.of(tx, [scene.driver, *many])

    assert list(names.parties) == [scene.driver]
