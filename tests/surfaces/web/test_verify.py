"""`/verify`: what somebody without an account is told of a receipt, and of what is none."""

import base64
import html
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi import Request

from safehand.events.event import family
from safehand.kernel.canonical import canonical_bytes
from safehand.kernel.catalogue import LANGUAGES, load_catalogue
from safehand.kernel.clock import HandClock
from safehand.ledger.checkpoint import open_checkpoint
from safehand.ledger.predecessor import Predecessor, keys_of
from safehand.ledger.receipt import parse_receipt
from safehand.ledger.succession import Rotation, Succession, sign_rotation
from safehand.ledger.timestamps import Stamped, Timestamps
from safehand.ledger.witness.cosignature import Cosigner
from safehand.ledger.witness.policy import Group, KnownWitness, Policy
from safehand.surfaces.web.verify import TYPED_BYTES_MAX, Trust, Verdict, judge
from tests.ledger.logs import a_key, a_log
from tests.ledger.witness.scenes import a_cosigner
from tests.surfaces import day
from tests.surfaces.fakes import a_site, the_pages
from tests.surfaces.web.receipts import FACT, SEEN_S, a_real_receipt

OURS = Trust(Succession(a_key().verifier), None)
INSURER, MERCHANT = a_cosigner("insurer.example/w"), a_cosigner("shop.example/w")
BOTH = Policy(
    (),
    (KnownWitness("insurer", INSURER.public, None), KnownWitness("shop", MERCHANT.public, None)),
    {"all": Group(2, ("insurer", "shop"))},
    "all",
)


async def checked(client: httpx.AsyncClient, text: str, **headers: str) -> httpx.Response:
    return await client.post("/verify", data={"receipt": text}, headers=headers)


async def test_a_receipt_that_holds_says_what_is_proved_and_what_is_not(
    anybody: httpx.AsyncClient, tmp_path: Path
) -> None:
    page = await checked(anybody, a_real_receipt(tmp_path / "log"))

    assert page.status_code == 200
    for words in (
        "The receipt holds", "The parcel changed hands", "Today 08:12", "Entry 41, when the log had 300",
        "What is proved", "What is not proved", "That what was told is true", "this carrier has no witnesses",
    ):  # fmt: skip
        assert words in page.text, words
    assert "0731488" in page.text, "the fact itself is there to be read"
    assert page.headers["cache-control"] == "no-store"


OLD = a_key("old.example/helsinki", seed=9)


def over(size: int, root: bytes = b"\x07" * 32, same: int = 0) -> Trust:
    """Ours, which says that the old log ended there."""
    return replace(OURS, before=Predecessor(OURS.keys.name, OLD.verifier, size, root, same))


@pytest.mark.parametrize(("same", "repeated"), [(42, True), (41, False), (0, False)])
def test_a_receipt_of_the_log_before_ours_holds_as_one_of_that_log(tmp_path: Path, same: int, repeated: bool) -> None:
    text = a_real_receipt(tmp_path, key=OLD)

    judged = judge(text.encode(), over(500, same=same))

    assert (judged.verdict, judged.repeated) == (Verdict.HOLDS, repeated)
    assert judged.ended is not None
    assert judge(text.encode(), OURS).verdict is Verdict.STRANGER
    assert judge(text.replace("index 41\n", "index 42\n").encode(), over(500)).verdict is Verdict.ALTERED


def test_a_receipt_by_an_older_key_of_the_log_before_ours_holds_where_its_files_are_kept(tmp_path: Path) -> None:
    first = a_key("old.example/helsinki", seed=8)
    text = a_real_receipt(tmp_path / "log", key=first).encode()
    rotation = Rotation(first.verifier, OLD.verifier, 301)
    (tmp_path / "ledger").mkdir()
    trust = over(500)

    def judged() -> Verdict:
        assert trust.before is not None
        return judge(text, replace(trust, keys_before=keys_of(trust.before, tmp_path))).verdict

    assert judged() is Verdict.STRANGER
    (tmp_path / "ledger" / "keys").write_bytes(sign_rotation(rotation, first, OLD))
    assert judged() is Verdict.HOLDS
    (tmp_path / "ledger" / "keys").write_bytes(sign_rotation(replace(rotation, first=300), first, OLD))
    assert judged() is Verdict.STRANGER, "beyond its stretch a key signs nothing"
    (tmp_path / "ledger" / "keys").write_bytes(b"safehand/log-key/v1\n")
    assert judged() is Verdict.STRANGER


def test_what_the_old_key_signed_beyond_the_end_or_of_another_end_counts_for_nothing(tmp_path: Path) -> None:
    text = a_real_receipt(tmp_path, key=OLD).encode()
    root = open_checkpoint(parse_receipt(text).proof.note, OLD.verifier).root

    assert judge(text, over(299)).verdict is Verdict.STRANGER
    assert judge(text, over(300)).verdict is Verdict.STRANGER
    assert judge(text, over(300, root)).verdict is Verdict.HOLDS


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_says_that_the_log_was_declared_over(tmp_path: Path, language: str) -> None:
    words = load_catalogue(language)
    wire = httpx.ASGITransport(app=a_site(trust=over(500, same=42)).app)
    async with httpx.AsyncClient(transport=wire, base_url="http://safehand.test") as anybody:
        page = await checked(anybody, a_real_receipt(tmp_path, key=OLD), **{"Accept-Language": language})

    assert words.say("verify.ended", name="old.example/helsinki", size=500) in html.unescape(page.text)
    assert words.say("verify.ended_repeated") in html.unescape(page.text)


async def test_nobody_needs_to_sign_in_and_nothing_is_remembered(anybody: httpx.AsyncClient, tmp_path: Path) -> None:
    empty = await anybody.get("/verify")
    page = await checked(anybody, a_real_receipt(tmp_path / "log"))

    assert (empty.status_code, page.status_code) == (200, 200)
    assert "set-cookie" not in page.headers
    assert (await anybody.get("/verify")).text == empty.text


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("index 41\n", "index 42\n", Verdict.ALTERED),
        ("index 41\n", "index 041\n", Verdict.UNREADABLE),
        ("\n300\n", "\n301\n", Verdict.STRANGER),
        ("log.example/helsinki\n", "log.example/espoo\n", Verdict.STRANGER),
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2", Verdict.UNREADABLE),
        ("extra ", "extra AA", Verdict.UNREADABLE),
    ],
    ids=["place", "spelling", "size", "name", "version", "fact"],
)
def test_a_receipt_that_was_changed_does_not_hold(tmp_path: Path, old: str, new: str, verdict: Verdict) -> None:
    text = a_real_receipt(tmp_path)
    assert judge(text.encode(), OURS).verdict is Verdict.HOLDS
    assert old in text

    assert judge(text.replace(old, new, 1).encode(), OURS).verdict is verdict


def test_another_fact_in_a_right_proof_is_told_apart_from_a_strange_log(tmp_path: Path) -> None:
    text = a_real_receipt(tmp_path)
    line = text.split("\n")[1]
    said = base64.b64decode(line.removeprefix("extra ")).replace(b"0731488", b"0731489")

    forged = text.replace(line, "extra " + base64.b64encode(said).decode())

    assert judge(forged.encode(), OURS).verdict is Verdict.ALTERED


def test_a_receipt_of_another_carrier_is_not_called_wrong(tmp_path: Path) -> None:
    other = a_real_receipt(tmp_path, key=a_key("log.example/turku"))

    assert judge(other.encode(), OURS).verdict is Verdict.STRANGER


def test_a_key_of_our_name_is_not_our_key(tmp_path: Path) -> None:
    assert judge(a_real_receipt(tmp_path, key=a_key(seed=2)).encode(), OURS).verdict is Verdict.STRANGER


def test_line_ends_of_any_kind_and_space_around_do_no_harm(tmp_path: Path) -> None:
    text = a_real_receipt(tmp_path)

    for pasted in (text.replace("\n", "\r\n"), text.replace("\n", "\r"), f"\n\n  {text} \n", text.rstrip()):
        assert judge(pasted.encode(), OURS).verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00\x01\x02",
        "c2sp.org/tlog-proof@v1",
        "c2sp.org/tlog-proof@v1\nindex 0\n\n",
        "<script>alert(1)</script>",
        "{{ 7 * 7 }}",
        "ÿþ\ud7ff\U0010ffff",
        "A" * 60_000,
        "c2sp.org/tlog-proof@v1\nextra "
        + base64.b64encode(b"[" * 40_000).decode()
        + "\nindex 0\n\nx\n1\nx\n\n— x AAAA\n",
        "\n" * 60_000,
    ],
    ids=["nothing", "space", "binary", "a line", "no note", "markup", "template", "odd", "long", "deep", "empty lines"],
)
async def test_what_is_no_receipt_is_said_to_be_none(anybody: httpx.AsyncClient, text: str) -> None:
    page = await checked(anybody, text)

    assert page.status_code == 200
    assert "This is not a receipt" in page.text
    assert "<script>alert" not in page.text
    assert "The receipt holds" not in page.text


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"receipt=" + b"a" * TYPED_BYTES_MAX, {"Content-Type": "application/x-www-form-urlencoded"}, 413),
        (b"receipt=%ff%fe", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
        (b"\x1f\x8b\x08\x00bomb", {"Content-Type": "application/octet-stream"}, 400),
        (b'{"receipt": "x"}', {"Content-Type": "application/json"}, 400),
        (b"", {}, 400),
    ],
    ids=["huge", "not UTF-8", "binary", "JSON", "nothing"],
)
async def test_what_is_no_form_is_turned_away_with_a_page(
    anybody: httpx.AsyncClient, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await anybody.post("/verify", content=body, headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_form_without_the_field_is_no_receipt(anybody: httpx.AsyncClient) -> None:
    assert "This is not a receipt" in (await anybody.post("/verify", data={"other": "x"})).text


async def test_markup_in_a_fact_stays_text(anybody: httpx.AsyncClient, tmp_path: Path) -> None:
    fact = canonical_bytes({"name": "<img src=x onerror=alert(1)>", "text": "</pre><script>alert(1)</script>"})

    page = (await checked(anybody, a_real_receipt(tmp_path / "log", fact=fact))).text

    assert "The receipt holds" in page
    assert "A fact of a kind that this page does not know" in page
    assert "<img src=x" not in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("at_ms", [2**53 - 1, -(2**53) + 1])
async def test_a_clock_that_is_thousands_of_years_off_is_shown_all_the_same(
    anybody: httpx.AsyncClient, tmp_path: Path, at_ms: int
) -> None:
    fact = FACT.replace(b'"at_ms":1795500720000', b'"at_ms":%d' % at_ms)
    assert fact != FACT

    page = await checked(anybody, a_real_receipt(tmp_path / "log", fact=fact))

    assert page.status_code == 200
    assert "The receipt holds" in page.text


async def test_what_is_typed_stays_to_be_mended_only_while_it_does_not_hold(
    anybody: httpx.AsyncClient, tmp_path: Path
) -> None:
    text = a_real_receipt(tmp_path / "log")

    assert "index 42" in (await checked(anybody, text.replace("index 41", "index 42"))).text
    assert "c2sp.org/tlog-proof@v1\nextra" not in (await checked(anybody, text)).text


@pytest.mark.parametrize(
    ("seen_by", "enough"),
    [((INSURER, MERCHANT), True), ((INSURER,), False), ((), False), ((a_cosigner("mallory.example/w"),), False)],
    ids=["both", "one", "none", "a stranger"],
)
async def test_witnesses_are_named_and_too_few_of_them_are_not_hidden(
    tmp_path: Path, seen_by: tuple[Cosigner, ...], enough: bool
) -> None:
    wire = httpx.ASGITransport(app=a_site(trust=replace(OURS, policy=BOTH)).app)
    async with httpx.AsyncClient(transport=wire, base_url="http://safehand.test") as client:
        page = (await checked(client, a_real_receipt(tmp_path, witnesses=seen_by), accept="text/html")).text

    assert "The receipt holds" in page
    assert ("fewer witnesses than agreed" not in page) is enough
    for known in (INSURER, MERCHANT):
        assert (f"{known.key.name} saw that log," in page) is (known in seen_by)
    assert "mallory" not in page.partition("<form")[0]


async def test_a_witness_from_beyond_the_calendar_is_no_witness(tmp_path: Path) -> None:
    wire = httpx.ASGITransport(app=a_site(trust=replace(OURS, policy=BOTH)).app)
    text = a_real_receipt(tmp_path, witnesses=(INSURER,), seen_s=2**62)
    async with httpx.AsyncClient(transport=wire, base_url="http://safehand.test") as client:
        page = await checked(client, text, accept="text/html")

    assert page.status_code == 200
    assert "saw that log" not in page.text


async def test_the_page_speaks_finnish(anybody: httpx.AsyncClient, tmp_path: Path) -> None:
    page = await checked(anybody, a_real_receipt(tmp_path / "log"), **{"Accept-Language": "fi"})

    assert "Kuitti pitää" in page.text
    assert "Mikä on todistettu" in page.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_and_every_event_has_its_words(language: str) -> None:
    words = load_catalogue(language).words
    asked = {f"verify.{verdict}.{part}" for verdict in Verdict for part in ("word", "title", "means")}
    asked |= {f"verify.{verdict}.help" for verdict in Verdict if verdict is not Verdict.HOLDS}
    asked |= {f"verify.event.{name.replace('.', '_')}" for name in family()}

    assert asked - words.keys() == set()


async def test_a_clock_that_is_not_ours_is_named_and_its_absence_too(tmp_path: Path) -> None:
    text = a_real_receipt(tmp_path / "log")
    signed = open_checkpoint((tmp_path / "log/checkpoint").read_bytes(), a_key().verifier)
    async with httpx.AsyncClient() as client:
        clock = Timestamps(tmp_path / "log", "checkpoint", OURS.keys, "", (), client, HandClock(day.NOW_MS))
        without = judge(text.encode(), replace(OURS, timestamps=clock))
        clock.newest = Stamped(signed, datetime.fromtimestamp(SEEN_S, UTC), "Clock Office")
        seen = judge(text.encode(), replace(OURS, timestamps=clock))
        other = open_checkpoint((a_log(tmp_path / "other", 300) / "checkpoint").read_bytes(), a_key().verifier)
        clock.newest = Stamped(other, datetime.fromtimestamp(SEEN_S, UTC), "Clock Office")
        elsewhere = judge(text.encode(), replace(OURS, timestamps=clock))
    pages = the_pages()

    assert (without.stamped, elsewhere.stamped) == (None, None)
    assert seen.stamped is not None
    for judged, words in ((seen, "Clock Office, a clock that is not ours"), (without, "no clock but the teller")):
        scope = {"type": "http", "method": "GET", "path": "/verify", "headers": []}
        page = pages.answer(Request(scope), "recipient/verify.html", judged=judged, typed="", key="k")
        assert words in bytes(page.body).decode()
