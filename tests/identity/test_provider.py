"""Sign-in by the carrier's own provider: an honest one over real HTTP, and every lie that it or others can tell."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from safehand.identity.by_provider import CODE_CHARS_MAX, Returned
from safehand.identity.ceremonies import CEREMONY_MS
from safehand.identity.errors import (
    CeremonyOver,
    ProviderAway,
    ProviderDeclined,
    ProviderOff,
    ProviderRefused,
    TooManyAttempts,
)
from safehand.identity.id_tokens import AGE_S_MAX, ALGORITHMS, KEYS_MAX, LEEWAY_S
from safehand.identity.model import Role
from safehand.identity.openings import Browser
from safehand.identity.provider import KEPT_MS, KEYS_AGAIN_MS, KEYS_BYTES_MAX, QUIET_MS
from safehand.identity.sessions import ABSOLUTE_MS, IDLE_MS
from safehand.identity.throttle import PER_ADDRESS, Charge
from tests.asvs import asvs
from tests.identity.house import ANA, BACK, EVE, House
from tests.identity.office import ADDRESS, Office
from tests.identity.provider import (
    CLIENT,
    HonestProvider,
    new_key,
    signed_with,
    unsigned,
)


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


@asvs("6.8.2", "10.5.1", "10.5.4", "9.1.1", "9.1.2", "9.1.3", "9.2.1")
async def test_what_a_token_lies_about_opens_nothing_and_the_truth_does(house: House) -> None:
    await house.linked_user()
    refused = []
    for lie, tell in LIES.items():
        tell(house.theirs)
        refused += [lie] * await house.said_to(ProviderRefused)
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
        refused += [said] * await house.said_to(ProviderAway)
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
        away += [what] * await house.said_to(ProviderAway)
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
        assert await house.said_to(ProviderAway), answer
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
