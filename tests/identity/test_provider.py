"""Sign-in by the carrier's own provider: an honest one over real HTTP, and every lie that it or others can tell."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from safehand.identity.by_provider import CODE_CHARS_MAX, Returned, Sent
from safehand.identity.ceremonies import CEREMONY_MS
from safehand.identity.errors import (
    CeremonyOver,
    NotCarriersOwn,
    ProviderAway,
    ProviderDeclined,
    ProviderOff,
    ProviderRefused,
    SubjectTaken,
    SubjectUnknown,
    TooManyAttempts,
)
from safehand.identity.id_tokens import AGE_S_MAX, ALGORITHMS, KEYS_MAX, LEEWAY_S
from safehand.identity.model import PartyKind, Role
from safehand.identity.openings import Browser, SignedIn
from safehand.identity.provider import KEPT_MS, KEYS_AGAIN_MS, KEYS_BYTES_MAX, QUIET_MS, Provider, Registration
from safehand.identity.sessions import ABSOLUTE_MS, IDLE_MS
from safehand.identity.throttle import PER_ADDRESS, Charge
from safehand.kernel.clock import HandClock
from safehand.kernel.ids import UserId
from safehand.kernel.outgoing import Reach, a_client
from tests.asvs import asvs
from tests.identity.office import ADDRESS, ORIGIN, Office
from tests.identity.provider import (
    CLIENT,
    SECRET,
    HonestProvider,
    Person,
    a_provider,
    new_key,
    signed_with,
    unsigned,
)
from tests.servers import Database

BACK = f"{ORIGIN}/sign-in/provider/back"
ANA, EVE = Browser(ADDRESS), Browser("203.0.113.99")


class House(Office):
    """An office whose carrier has a sign-in of its own."""

    theirs: HonestProvider
    ours: Provider

    async def begun(self, to: str = "/parcels", browser: Browser = ANA) -> Sent:
        return await self.by_provider.ask(to, browser)

    async def walked(self, sent: Sent) -> Returned:
        """What the browser brings back after it went where it was sent."""
        async with httpx.AsyncClient(trust_env=False) as browser:
            answer = await browser.get(sent.url)
        parts = urlsplit(answer.headers["location"])
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == BACK
        said = {name: value for name, [value] in parse_qs(parts.query).items()}
        return Returned(said["state"], said.get("code", ""), said.get("iss"), said.get("error", ""))

    async def entered(self, browser: Browser = ANA) -> SignedIn:
        """There and back."""
        sent = await self.begun(browser=browser)
        return (await self.by_provider.enter(sent.secret, await self.walked(sent), browser))[0]

    async def linked_user(self, login: str = "ana", *roles: Role, subject: str = "00u4711") -> UserId:
        """Somebody whom an administrator has linked."""
        id = await self.hire(login, *(roles or (Role.DISPATCHER,)))
        await self.by_provider.link(id, subject, id)
        return id


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    store, clock = database.store(), HandClock()
    with a_provider(lambda: clock.now_ms() // 1_000) as theirs:
        reach = Reach(this_machine=True)
        registration = Registration(issuer=theirs.url, client=CLIENT, secret=SECRET, redirect=BACK)
        async with a_client(reach) as client:
            ours = Provider(registration, client, reach, clock, within_s=2.0)
            house = House(store, clock, provider=ours)
            house.theirs, house.ours = theirs, ours
            yield house
    await store.close()


@asvs("10.2.1", "10.5.2")
async def test_a_linked_colleague_comes_in_and_goes_where_they_wanted(house: House) -> None:
    ana = await house.linked_user()
    sent = await house.begun("/parcels?state=held")
    asked = {name: value for name, [value] in parse_qs(urlsplit(sent.url).query).items()}
    assert (asked["code_challenge_method"], asked["scope"], asked["redirect_uri"]) == ("S256", "openid", BACK)
    assert len({sent.secret, asked["state"], asked["nonce"], asked["code_challenge"]}) == 4
    signed_in, to = await house.by_provider.enter(sent.secret, await house.walked(sent), ANA)
    assert (signed_in.user.id, to) == (ana, "/parcels?state=held")
    async with house.store.transaction() as tx:
        found = await house.sessions.find(tx, signed_in.token, house.clock.now_ms())
        assert found is not None
        assert (found.user, found.proved_ms) == (ana, None)
        [session] = await house.sessions.listed(tx, ana, house.clock.now_ms())
    assert session.way == "provider"


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")  # EdDSA has a newer name, and providers the old
async def test_each_signature_that_we_take_is_taken(house: House) -> None:
    await house.linked_user()
    for alg in ALGORITHMS:
        house.theirs.keys = [new_key(alg, alg)]
        assert (await house.entered()).user.login == "ana"
        house.clock.advance(KEYS_AGAIN_MS)


async def test_the_session_before_ends_and_the_new_one_is_new(house: House) -> None:
    await house.linked_user()
    planted = (await house.entered()).token
    second = await house.entered(Browser(ADDRESS, session=planted))
    assert second.token != planted
    async with house.store.transaction() as tx:
        assert await house.sessions.find(tx, planted, house.clock.now_ms()) is None


@asvs("7.6.1")
async def test_after_a_shift_the_provider_is_asked_again(house: House) -> None:
    await house.linked_user()
    signed_in = await house.entered()
    assert signed_in.expires_ms == house.clock.now_ms() + ABSOLUTE_MS
    for later_ms, alive in ((IDLE_MS - 1, True), (IDLE_MS, False)):
        house.clock.advance(later_ms)
        async with house.store.transaction() as tx:
            found = await house.sessions.find(tx, signed_in.token, house.clock.now_ms())
        assert (found is not None) is alive


LIES: dict[str, Callable[[HonestProvider], None]] = {
    "another nonce": lambda theirs: theirs.claims.update(nonce="A" * 43),
    "no nonce": lambda theirs: theirs.claims.update(nonce=None),
    "another issuer": lambda theirs: theirs.claims.update(iss="https://id.evil.example"),
    "another audience": lambda theirs: theirs.claims.update(aud="another client"),
    "ours among others, made for another": lambda theirs: theirs.claims.update(aud=[CLIENT, "x"], azp="x"),
    "ours among others, made for nobody": lambda theirs: theirs.claims.update(aud=[CLIENT, "x"]),
    "ours, made for another": lambda theirs: theirs.claims.update(azp="x"),
    "no audience": lambda theirs: theirs.claims.update(aud=None),
    "expired": lambda theirs: theirs.claims.update(exp=theirs.now_s() - LEEWAY_S - 1),
    "never expires": lambda theirs: theirs.claims.update(exp=None),
    "an end that is no number": lambda theirs: theirs.claims.update(exp="tomorrow"),
    "made tomorrow": lambda theirs: theirs.claims.update(iat=theirs.now_s() + 2 * LEEWAY_S),
    "made long ago": lambda theirs: theirs.claims.update(iat=theirs.now_s() - AGE_S_MAX - LEEWAY_S - 1),
    "not yet": lambda theirs: theirs.claims.update(nbf=theirs.now_s() + 2 * LEEWAY_S),
    "no subject": lambda theirs: theirs.claims.update(sub=None),
    "an empty subject": lambda theirs: theirs.claims.update(sub=""),
    "a subject that is a list": lambda theirs: theirs.claims.update(sub=["00u4711"]),
    "a subject that steers": lambda theirs: theirs.claims.update(sub="00u4711\n"),
    "signed by nobody": lambda theirs: setattr(theirs, "token", unsigned),
    "signed with the public key as a secret": lambda theirs: setattr(
        theirs, "token", lambda claims: signed_with(theirs.public_pem(), claims, "k1")
    ),
    "signed by a stranger": lambda theirs: setattr(
        theirs, "token", lambda claims: theirs.signed(claims, new_key("k1"))
    ),
    "a stranger's key inside": lambda theirs: setattr(theirs, "token", lambda claims: _with_own_key(theirs, claims)),
    "another claim after signing": lambda theirs: setattr(theirs, "token", lambda claims: _changed(theirs, claims)),
    "no token": lambda theirs: setattr(theirs, "token", lambda claims: "x"),
    "a token too long": lambda theirs: theirs.claims.update(padding="x" * 20_000),
    "a token in five parts": lambda theirs: setattr(theirs, "token", lambda claims: "a.b.c.d.e"),
}


def _with_own_key(theirs: HonestProvider, claims: dict[str, Any]) -> str:
    stranger = new_key("mine", "ES256")
    return theirs.signed(claims, stranger, jwk=stranger.as_dict(private=False))  # type: ignore[arg-type]


def _changed(theirs: HonestProvider, claims: dict[str, Any]) -> str:
    head, _, tag = theirs.signed(claims).split(".")
    return f"{head}.{theirs.signed(claims | {'sub': 'root'}).split('.')[1]}.{tag}"


async def said_to(house: House, error: type[Exception]) -> bool:
    """Whether the sign-in that somebody tries now ends so."""
    house.clock.advance(QUIET_MS)
    try:
        await house.entered()
    except error:
        return True
    return False


@asvs("6.8.2", "10.5.1", "10.5.4", "9.1.1", "9.1.2", "9.1.3", "9.2.1")
async def test_what_a_token_lies_about_opens_nothing_and_the_truth_does(house: House) -> None:
    await house.linked_user()
    refused = []
    for lie, tell in LIES.items():
        tell(house.theirs)
        refused += [lie] * await said_to(house, ProviderRefused)
        house.theirs.claims, house.theirs.token = {}, None
        house.clock.advance(PER_ADDRESS.interval_ms)
    assert refused == list(LIES)
    assert (await house.entered()).user.login == "ana"


@asvs("10.1.2", "10.2.1")
async def test_what_another_browser_began_is_finished_by_none(house: House) -> None:
    await house.linked_user()
    eves, anas = await house.begun(browser=EVE), await house.begun()
    planted = await house.walked(eves)
    with pytest.raises(CeremonyOver):  # Eve's answer in Ana's browser: she would work under Eve's name
        await house.by_provider.enter(anas.secret, planted, ANA)
    with pytest.raises(CeremonyOver):  # a browser that began nothing
        await house.by_provider.enter("", planted, ANA)
    with pytest.raises(CeremonyOver):
        await house.by_provider.enter(anas.secret, replace(planted, state="ä" * 43), ANA)
    assert (await house.by_provider.enter(anas.secret, await house.walked(anas), ANA))[0].user.login == "ana"


@asvs("10.1.2")
async def test_what_came_back_counts_once_and_soon(house: House) -> None:
    await house.linked_user()
    sent = await house.begun()
    back = await house.walked(sent)
    await house.by_provider.enter(sent.secret, back, ANA)
    with pytest.raises(CeremonyOver):
        await house.by_provider.enter(sent.secret, back, ANA)
    late = await house.begun()
    told = await house.walked(late)
    house.clock.advance(CEREMONY_MS)
    with pytest.raises(CeremonyOver):
        await house.by_provider.enter(late.secret, told, ANA)


async def test_a_code_of_another_flow_is_refused_by_the_nonce_or_the_verifier(house: House) -> None:
    await house.linked_user()
    first, second = await house.begun(), await house.begun()
    stolen, own = await house.walked(first), await house.walked(second)
    with pytest.raises(ProviderRefused):
        await house.by_provider.enter(second.secret, replace(own, code=stolen.code), ANA)
    with pytest.raises(CeremonyOver):  # and that has used it up
        await house.by_provider.enter(second.secret, own, ANA)


async def test_what_is_too_long_or_empty_is_no_answer(house: House) -> None:
    sent = await house.begun()
    state = (await house.walked(sent)).state
    for back in (
        Returned("x" * 600),
        Returned(state, "x" * (CODE_CHARS_MAX + 1)),
        Returned(state, "", "x" * 600),
        Returned(state, error="x" * 600),
        Returned(),
    ):
        with pytest.raises(CeremonyOver):
            await house.by_provider.enter(sent.secret, back, ANA)
    with pytest.raises(ProviderDeclined):
        await house.by_provider.enter(sent.secret, Returned(state), ANA)


@asvs("10.2.2")
async def test_another_providers_answer_is_not_taken_for_ours(house: House) -> None:
    await house.linked_user()
    for issuer in ("https://id.evil.example", "", None):
        sent = await house.begun()
        told = replace(await house.walked(sent), issuer=issuer)
        with pytest.raises(ProviderRefused):
            await house.by_provider.enter(sent.secret, told, ANA)
    assert "POST /token" not in house.theirs.seen


DETOURS: tuple[dict[str, Any], ...] = (
    {"issuer": "https://id.evil.example"},
    {"issuer": None},
    {"token_endpoint": "http://169.254.169.254/latest"},
    {"jwks_uri": "https://10.0.0.1/keys"},
    {"token_endpoint": "file:///etc/passwd"},
    {"authorization_endpoint": "http://id.evil.example/"},
    {"authorization_endpoint": "javascript:alert(1)"},
    {"jwks_uri": None},
)


@asvs("10.5.3")
async def test_a_description_of_another_or_that_leads_elsewhere_is_not_used(house: House) -> None:
    refused = []
    for said in DETOURS:
        house.theirs.description = said
        refused += [said] * await said_to(house, ProviderAway)
    assert refused == list(DETOURS)
    house.theirs.description = {}
    house.clock.advance(QUIET_MS)
    assert (await house.begun()).url


BAD_KEYS = {
    "too many": b'{"keys": [' + b'{"kty": "RSA"},' * KEYS_MAX + b'{"kty": "RSA"}]}',
    "no list": b'{"keys": "x"}',
    "too long": b'{"keys": [' + b" " * KEYS_BYTES_MAX + b"]}",
    "too deep": b"[" * 100_000,
    "no JSON": b"no JSON",
}


async def test_keys_that_are_none_or_too_many_are_the_providers_trouble(house: House) -> None:
    await house.linked_user()
    away = []
    for what, keys in BAD_KEYS.items():
        house.theirs.answers["/keys"] = (200, keys)
        away += [what] * await said_to(house, ProviderAway)
    assert away == list(BAD_KEYS)


async def test_a_secret_among_the_keys_signs_nothing(house: House) -> None:
    await house.linked_user()
    house.theirs.answers["/keys"] = (200, b'{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}, 7, {"kty": "EC"}]}')
    house.theirs.token = lambda claims: signed_with(b"secret", claims, "k1")
    with pytest.raises(ProviderRefused):
        await house.entered()


async def test_a_new_key_is_found_and_one_that_nobody_has_is_not_looked_for_by_everybody(house: House) -> None:
    await house.linked_user()
    await house.entered()
    house.theirs.keys = [new_key("k2", "ES256")]
    with pytest.raises(ProviderRefused):  # seconds after the last look
        await house.entered()
    house.clock.advance(KEYS_AGAIN_MS)
    assert (await house.entered()).user.login == "ana"
    asked = house.theirs.seen.count("GET /keys")
    house.theirs.token = lambda claims: house.theirs.signed(claims, new_key("made up", "ES256"))
    for _ in range(3):
        with pytest.raises(ProviderRefused):
            await house.entered()
    assert house.theirs.seen.count("GET /keys") == asked
    house.theirs.token, house.theirs.keys = None, [new_key("k3", "ES256")]
    house.clock.advance(KEPT_MS)
    assert (await house.entered()).user.login == "ana"


async def test_a_provider_that_never_answers_is_away_and_nobody_waits_for_it_twice(house: House) -> None:
    await house.hire("ana", Role.DISPATCHER)
    house.theirs.hold = threading.Event()
    house.ours.within_s = 0.2
    answers = await asyncio.gather(*(house.begun() for _ in range(20)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {ProviderAway}
    assert house.theirs.seen == ["GET /.well-known/openid-configuration"]
    assert await house.session("ana")  # the password opens the door as before
    house.theirs.hold.set()
    house.clock.advance(QUIET_MS)
    assert (await house.begun()).url


async def test_a_provider_in_trouble_is_nobodys_failure(house: House) -> None:
    await house.linked_user()
    for answer in ((500, b"{}"), (401, b'{"error": "invalid_client"}'), (200, b"{}"), (200, b"7")):
        house.theirs.answers["/token"] = answer
        assert await said_to(house, ProviderAway), answer
    async with house.store.transaction() as tx:
        [counted] = await tx.fetch(
            "SELECT coalesce(max(drained_ms), 0) AS ms FROM throttles WHERE subject = $1",
            Charge.of("provider-address", ADDRESS, PER_ADDRESS).subject,
        )
    assert counted["ms"] <= house.clock.now_ms()


async def test_failures_from_one_address_are_slowed(house: House) -> None:
    charge = Charge.of("provider-address", ADDRESS, PER_ADDRESS)
    for _ in range(PER_ADDRESS.burst - 1):
        await house.throttle.charge(charge)
    house.theirs.person = None
    with pytest.raises(ProviderDeclined):
        await house.entered()
    with pytest.raises(TooManyAttempts):
        await house.entered()
    with pytest.raises(ProviderDeclined):
        await house.entered(EVE)


async def test_who_gives_up_there_is_told_so(house: House) -> None:
    house.theirs.person = None
    with pytest.raises(ProviderDeclined):
        await house.entered()


async def test_without_a_provider_nothing_begins_or_ends(office: Office) -> None:
    with pytest.raises(ProviderOff):
        await office.by_provider.ask("/", ANA)
    with pytest.raises(ProviderOff):
        await office.by_provider.enter("x" * 43, Returned("x"), ANA)


# ---- whose account it is


async def test_an_account_that_nobody_has_linked_opens_nothing(house: House) -> None:
    await house.hire("ana", Role.DISPATCHER)
    house.theirs.person = Person(
        more={"email": "ana@carrier.example", "email_verified": True, "preferred_username": "ana"}
    )
    with pytest.raises(SubjectUnknown) as told:
        await house.entered()
    assert told.value.params == {"subject": "00u4711"}


@asvs("6.8.1")
async def test_the_same_subject_at_another_provider_is_somebody_else(house: House) -> None:
    await house.linked_user()
    with a_provider(house.theirs.now_s) as others:
        house.ours.registration, house.theirs = replace(house.ours.registration, issuer=others.url), others
        with pytest.raises(SubjectUnknown):
            await house.entered()


def by_mail(house: House, mail: object, verified: object = True, subject: str = "00u4711") -> None:
    house.ours.registration = replace(house.ours.registration, mail_domain="carrier.example")
    house.theirs.person = Person(subject, {"email": mail, "email_verified": verified})


async def test_where_the_operator_says_so_a_verified_mail_links_once(house: House) -> None:
    await house.hire("ana", Role.DISPATCHER)
    by_mail(house, "Ana@Carrier.example")
    assert (await house.entered()).user.login == "ana"
    by_mail(house, "eve@carrier.example")  # married, and renamed there: the subject counts
    assert (await house.entered()).user.login == "ana"


@asvs("10.5.2")
async def test_somebody_elses_account_with_anas_mail_is_not_ana(house: House) -> None:
    ana = await house.linked_user()
    by_mail(house, "ana@carrier.example", subject="another")
    with pytest.raises(SubjectUnknown):
        await house.entered()
    await house.by_provider.unlink(ana, ana)  # nor when hers was taken away: an administrator says whose it is now
    with pytest.raises(SubjectUnknown):
        await house.entered()


TOO_LITTLE: tuple[tuple[object, object], ...] = (
    ("ana@carrier.example", False),
    ("ana@carrier.example", None),
    ("ana@carrier.example", "true"),
    ("ana@carrier.example", 1),
    ("ana@evil.example", True),
    ("ana@carrier.example.evil.example", True),
    ("ana@evil.example@carrier.example", True),
    ("ana+x@carrier.example", True),
    ("ana", True),
    (["ana@carrier.example"], True),
    ("root@carrier.example", True),
    ("shop@carrier.example", True),
    ("gone@carrier.example", True),
)


async def test_a_mail_that_shows_too_little_links_nobody(house: House) -> None:
    await house.hire("ana", Role.DISPATCHER)
    await house.hire("root", Role.ADMIN)
    merchant = await house.party(PartyKind.MERCHANT)
    await house.hire("shop", Role.MERCHANT_USER, party=merchant.id)
    gone = await house.hire("gone", Role.DISPATCHER)
    await house.staff.disable(gone, await house.hire("boss"))
    unknown = []
    for mail, verified in TOO_LITTLE:
        by_mail(house, mail, verified)
        unknown += [(mail, verified)] * await said_to(house, SubjectUnknown)
    assert unknown == list(TOO_LITTLE)


async def test_who_was_let_go_is_refused_and_who_is_unlinked_is_out(house: House) -> None:
    ana, boss = await house.linked_user(), await house.hire("boss")
    token = (await house.entered()).token
    await house.by_provider.unlink(ana, boss)
    async with house.store.transaction() as tx:
        assert await house.sessions.find(tx, token, house.clock.now_ms()) is None
    with pytest.raises(SubjectUnknown):
        await house.entered()
    await house.by_provider.link(ana, "00u4711", boss)
    assert (await house.entered()).user.login == "ana"
    await house.staff.disable(ana, boss)
    with pytest.raises(ProviderRefused):
        await house.entered()


async def test_a_reset_takes_the_provider_away_too(house: House) -> None:
    ana, boss = await house.linked_user(), await house.hire("boss")
    await house.ways_in.reset(ana, boss)
    with pytest.raises(SubjectUnknown):
        await house.entered()


async def test_one_account_is_one_colleagues_and_no_partners(house: House) -> None:
    ana, boss = await house.linked_user(), await house.hire("boss")
    with pytest.raises(SubjectTaken):
        await house.by_provider.link(boss, "00u4711", boss)
    with pytest.raises(SubjectTaken):
        await house.by_provider.link(ana, "another", boss)
    merchant = await house.party(PartyKind.MERCHANT)
    shop = await house.hire("shop", Role.MERCHANT_USER, party=merchant.id)
    with pytest.raises(NotCarriersOwn):
        await house.by_provider.link(shop, "theirs", boss)


PROOFS: tuple[tuple[dict[str, Any], int | None, int | None], ...] = (
    ({"amr": ["pwd", "mfa"]}, 60, 60),
    ({"acr": "silver"}, 60, 60),
    ({"amr": ["pwd"]}, 60, None),
    ({"amr": ["mfa"]}, None, None),
    ({"acr": "mfa"}, -3_600, 0),
    ({"acr": ["silver"]}, 60, None),
)
"""What it says of how, how many seconds ago that was, and for how many seconds it counts as proved."""


@asvs("6.8.4")
async def test_the_provider_proves_who_sits_there_only_by_words_that_the_operator_knows(house: House) -> None:
    await house.linked_user()
    house.ours.registration = replace(house.ours.registration, proofs=frozenset({"mfa", "silver"}))
    for more, ago_s, proved_ago_s in PROOFS:
        now_s = house.clock.now_ms() // 1_000
        at = {} if ago_s is None else {"auth_time": now_s - ago_s}
        house.theirs.person = Person(more=more | at)
        token = (await house.entered()).token
        async with house.store.transaction() as tx:
            found = await house.sessions.find(tx, token, house.clock.now_ms())
        assert found is not None
        shown = None if found.proved_ms is None else now_s - found.proved_ms // 1_000
        assert shown == proved_ago_s, more
