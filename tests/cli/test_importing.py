"""A carrier moves in: files of its earlier system, row by row, all of a file or nothing of it, once."""

import csv
import gzip
import io
import json
import stat
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from safehand.app.cutover.desk import CutoverDesk
from safehand.app.cutover.joined import cutover_desk
from safehand.app.installation import Installation, opened
from safehand.app.settings import Settings
from safehand.bus.notices import LocalBus
from safehand.cli import importing
from safehand.identity.errors import ResetLinkSpent
from safehand.identity.openings import Browser
from safehand.kernel.rows import CELL_CHARS_MAX
from safehand.ledger.errors import KeyRefused
from tests.installations import LOG_NAME, PASSWORD
from tests.servers import Database, now

PARTIES = "number,kind,name\nD1,depot,Kalasatama\nP7,partner,Kioski\n"
MERCHANTS = "number,name,country,key\nM1,Kirjakauppa,FI,till\nM2,Kukkakauppa,FI,\n"
STAFF = "login;name;roles;party\ndora;Dora;dispatcher security;\nmikko;Mikko;driver;\ndan;Dan;depot;D1\n"
VEHICLES = "registration,kind,carries_g,carries_parcels,depot\nABC-123,van,900000,150,D1\nxyz 9,bicycle,80000,12,\n"
SSCC, S10 = "006400001000000012", "CE000000014FI"
SINCE = "2026-01-15T08:15:00+02:00"
PARCELS = [
    {"number": SSCC, "merchant": "M1", "custodian": "D1", "state": "sorted", "since": SINCE},
    {"number": "OLD 77/3", "merchant": "M1", "custodian": "mikko", "state": "out_for_delivery", "since": SINCE},
    {"number": "A-9", "merchant": "M2"},
]
PERSON = {
    "name": "Eeva Äijälä",
    "street": "Fabianinkatu 3",
    "postal_code": "00130",
    "city": "Helsinki",
    "country": "FI",
    "weight_g": 900,
}


@dataclass
class Machine:
    """The command line of one installation, and its files."""

    database: Database
    folder: Path

    @property
    def settings(self) -> Settings:
        return Settings(data=self.folder, database_url=self.database.app_url, log_name=LOG_NAME)

    def file(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def run(self, *words: str | Path) -> tuple[int, dict[str, Any], str]:
        """Exit status, the JSON value, and what was said beside it."""

        @asynccontextmanager
        async def opening(_: Path | None) -> AsyncIterator[CutoverDesk]:
            async with opened(self.settings, LocalBus()) as here:
                yield cutover_desk(here)

        app = typer.Typer()
        app.callback()(lambda: None)
        importing.register(app, opening)
        told = CliRunner().invoke(app, ["import", *map(str, words), "--json"])
        lines = told.stdout.splitlines()
        return told.exit_code, json.loads(lines[-1]) if lines else {}, told.stderr

    def all_of_it(self) -> None:
        """Everything that the carrier has."""
        for what, text in (("parties", PARTIES), ("merchants", MERCHANTS), ("staff", STAFF), ("vehicles", VEHICLES)):
            secrets = ("--secrets", self.folder / "secrets.jsonl") if what == "merchants" else ()
            code, said, words = self.run(what, self.file(f"{what}.csv", text), *secrets)
            assert (code, said["faults"]) == (0, 0), (said, words)
        code, said, words = self.run("parcels", self.parcels())
        assert (code, said["written"]) == (0, 3), (said, words)

    def parcels(self, *more: dict[str, Any]) -> Path:
        rows = [PERSON | row for row in (*PARCELS, *more)]
        return self.file("parcels.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    def ask(self, question: Callable[[Installation], Any]) -> Any:
        async def asked() -> Any:
            async with opened(self.settings, LocalBus()) as here:
                return await question(here)

        return now(asked())

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async def asked(here: Installation) -> Any:
            async with here.store.transaction(readonly=True) as tx:
                return [tuple(row.values()) for row in await tx.fetch(sql)]

        found: list[tuple[Any, ...]] = self.ask(asked)
        return found


@pytest.fixture
def machine(clone: Database, tmp_path: Path) -> Machine:
    """An installation without anybody in it."""
    return Machine(clone, tmp_path)


def test_a_carrier_moves_in_and_each_parcel_is_where_the_earlier_system_said(machine: Machine) -> None:
    machine.all_of_it()

    async def standing(here: Installation) -> Any:
        async with here.store.transaction() as tx:
            found = await here.reader.find(tx, SSCC)
            lines = await here.reader.timeline(tx, found.parcel.parcel)
            names = await here.identity.parties.names(tx, [found.head.custodian])
        return found, lines, names

    found, lines, names = machine.ask(standing)
    assert names[found.head.custodian] == "Kalasatama"
    assert (found.parcel.sscc, found.head.state) == (SSCC, "sorted")
    assert [(line.kind, line.signed) for line in lines] == [("created", "none"), ("takeover", "none")]
    assert len(lines[1].cause) == 64

    async def references(here: Installation) -> Any:
        async with here.store.transaction() as tx:
            rows = await tx.fetch("SELECT reference_body FROM shipments WHERE reference_body IS NOT NULL")
            return sorted((await here.vault.get_many(tx, [row[0] for row in rows])).values())

    assert machine.ask(references) == [b"A-9", b"OLD 77/3"]
    held = machine.rows("SELECT count(*) FROM facts WHERE name = 'custody.taken_over.v1'")
    assert held == [(2,)]
    assert machine.rows("SELECT count(*) FROM statements") == [(0,)]  # no device signed, and none is made to have


def test_run_twice_it_changes_nothing(machine: Machine) -> None:
    machine.all_of_it()
    counts = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM parties), (SELECT count(*) FROM facts)"
    before = machine.rows(counts)

    for what in ("parties.csv", "merchants.csv", "staff.csv", "vehicles.csv", "parcels.jsonl"):
        code, said, _ = machine.run(what.partition(".")[0], machine.folder / what)
        assert (code, said["fresh"], said["written"]) == (0, 0, 0)
        assert said["unchanged"] in {2, 3}
    assert machine.rows(counts) == before


def test_a_dry_run_reports_and_writes_nothing(machine: Machine) -> None:
    code, said, words = machine.run("parties", machine.file("parties.csv", PARTIES), "--dry-run")
    assert (code, said["fresh"], said["written"]) == (0, 2, 0)
    assert "checked 2 of 2 rows" in words
    assert machine.rows("SELECT count(*) FROM parties") == [(0,)]


def test_first_keys_are_told_once_into_a_file_that_nobody_else_reads(machine: Machine) -> None:
    file, kept = machine.file("merchants.csv", MERCHANTS), machine.folder / "secrets.jsonl"
    code, _, words = machine.run("merchants", file)
    assert (code, "--secrets" in words) == (2, True)
    assert machine.rows("SELECT count(*) FROM parties") == [(0,)]

    code, said, words = machine.run("merchants", file, "--secrets", kept)
    assert code == 0
    [one] = [json.loads(line) for line in kept.read_text().splitlines()]
    assert (one["number"], one["key"][:4]) == ("M1", "shk_")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert one["key"] not in json.dumps(said) + words

    again = machine.file("more.csv", "number,name,country,key\nM3,Uusi,FI,till\n")
    assert machine.run("merchants", again, "--secrets", kept)[0] == 2  # never written over


def test_new_staff_come_in_by_the_link_that_was_written_for_them_once(machine: Machine) -> None:
    kept = machine.folder / "links.jsonl"
    machine.run("parties", machine.file("parties.csv", PARTIES))
    code, said, words = machine.run("staff", machine.file("staff.csv", STAFF), "--secrets", kept)
    links = {one["number"]: one["link"] for one in map(json.loads, kept.read_text().splitlines())}

    assert (code, set(links)) == (0, {"dora", "mikko", "dan"})
    assert all(link.startswith(f"{machine.settings.origin}/reset/") for link in links.values())
    assert not any(link in json.dumps(said) + words for link in links.values())

    async def comes_in(here: Installation) -> str:
        token = links["dora"].rpartition("/")[2]
        return (await here.identity.ways_in.begin_anew(token, PASSWORD, Browser("198.51.100.7"))).user.login

    assert machine.ask(comes_in) == "dora"
    with pytest.raises(ResetLinkSpent):
        machine.ask(comes_in)
    assert machine.rows("SELECT count(*) FROM reset_links WHERE used_ms IS NULL AND made_by IS NULL") == [(2,)]


def test_nobody_who_was_imported_signs_in_before_setting_a_password(machine: Machine) -> None:
    machine.all_of_it()
    assert {hash for (hash,) in machine.rows("SELECT password_hash FROM users")} == {"!"}


PLATES = "registration,kind,carries_g,carries_parcels\n"
FAULTS = [
    ("parties", "number,kind,name\nX1,driver,Mikko\n", "kind", "app.import_cell_unusable"),
    ("parties", "number,kind,name\nX1,depot,\n", "name", "app.import_cell_unusable"),
    ("parties", "number,kind,name\nX1,depot,A\nX1,depot,B\n", "number", "app.import_row_repeated"),
    ("parties", "number,kind,name\nX1,depot\n", None, "rows.row_unreadable"),
    ("parties", 'number,kind,name\nX1,depot,"A\n', None, "rows.row_unreadable"),
    ("parties", f"number,kind,name\nX1,depot,{'A' * (CELL_CHARS_MAX + 1)}\n", "name", "rows.row_unreadable"),
    ("parties", "number,kind,name\nD1,depot,Another name\n", "number", "app.import_row_differs"),
    ("merchants", "number,name,country\nX1,Shop,Finland\n", "country", "app.import_cell_unusable"),
    ("staff", "login,name,roles\nx@y.fi,Ana,dispatcher\n", "login", "identity.bad_login"),
    ("staff", "login,name,roles\nana,Ana,chief\n", "roles", "app.import_cell_unusable"),
    ("staff", "login,name,roles\nana,Ana,depot\n", "party", "identity.party_mismatch"),
    ("staff", "login,name,roles,party\nana,Ana,depot,P7\n", "party", "identity.party_mismatch"),
    ("staff", "login,name,roles,party\nana,Ana,depot,D9\n", "party", "app.import_not_imported"),
    ("staff", "login,name,roles\nDORA,Ana,claims\n", "login", "identity.login_taken"),
    ("vehicles", PLATES + "!,van,1,1\n", "registration", "workforce.bad_registration"),
    ("vehicles", PLATES + "A 1,tank,1,1\n", "kind", "app.import_cell_unusable"),
    ("vehicles", PLATES + "A 1,van,-1,1\n", "carries_g", "app.import_cell_unusable"),
    ("vehicles", PLATES + "abc-123,van,1,1\n", "registration", "workforce.registration_taken"),
]  # fmt: skip


def test_a_broken_row_is_named_with_its_column_and_what_to_do(machine: Machine) -> None:
    machine.all_of_it()
    for what, text, column, code in FAULTS:
        status, said, _ = machine.run(what, machine.file("broken.csv", text))
        row = said["rows"][-1]
        assert (status, row["column"], row["code"]) == (1, column, code), (text, said)
        assert row["detail"]
        assert row["remedy"]
        assert row["row"] == text.count("\n")


PARCEL_FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"merchant": "M9"}, "merchant", "app.import_not_imported"),
    ({"custodian": "dora", "state": "held", "since": SINCE}, "custodian", "app.import_cell_unusable"),
    ({"custodian": "D1", "state": "delivered", "since": SINCE}, "state", "app.import_cell_unusable"),
    ({"custodian": "D1", "state": "held", "since": "yesterday"}, "since", "app.import_cell_unusable"),
    ({"custodian": "D1", "state": "held", "since": "2026-01-15T08:15:00"}, "since", "app.import_cell_unusable"),
    ({"custodian": "D1", "state": "held", "since": "2999-01-15T08:15:00Z"}, "since", "app.import_cell_unusable"),
    ({"number": "006400001000000013"}, "number", "labels.wrong_check_digit"),
    ({"number": "x" * 60}, "number", "app.import_cell_unusable"),
    ({"promised_on": "1999-01-01"}, "promised_on", "app.import_cell_unusable"),
    ({"weight_g": "heavy"}, "weight_g", "app.import_cell_unusable"),
    ({"country": "fi"}, "country", "app.import_cell_unusable"),
]


def test_a_broken_parcel_is_named_and_none_of_its_file_is_written(machine: Machine) -> None:
    machine.all_of_it()
    before = machine.rows("SELECT count(*) FROM parcels")
    for changes, column, code in PARCEL_FAULTS:
        status, said, _ = machine.run("parcels", machine.parcels({"number": "N-1", "merchant": "M1"} | changes))
        assert (status, said["faults"], said["written"], said["unchanged"]) == (1, 1, 0, 3), said
        assert (said["rows"][0]["column"], said["rows"][0]["code"]) == (column, code), said
    assert machine.rows("SELECT count(*) FROM parcels") == before


def test_ten_thousand_broken_rows_are_all_named(machine: Machine) -> None:
    rows = io.StringIO()
    writer = csv.writer(rows)
    writer.writerow(["number", "kind", "name"])
    writer.writerows([f"N{n}", "castle", "Name"] for n in range(10_000))

    code, said, _ = machine.run("parties", machine.file("parties.csv", rows.getvalue()))

    assert (code, said["faults"], len(said["rows"])) == (1, 10_000, 10_000)
    assert [said["rows"][at]["row"] for at in (0, -1)] == [2, 10_001]


def packed(raw: bytes) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("parties.csv", raw)
    return whole.getvalue()


BOMB = b"\0" * 5_000_000
UNUSABLE: list[tuple[str, bytes, str]] = [
    ("bomb.csv", packed(BOMB), "packed"),
    ("bomb.jsonl", gzip.compress(BOMB), "packed"),
    ("table.xlsx", b"number,kind,name\n", ".csv"),
    ("latin.csv", "number,kind,name\nX1,depot,Säynätsalo\n".encode("latin-1"), "UTF-8"),
    ("nul.csv", b"number,kind,name\nX1,depot,\0\n", "NUL"),
    ("few.csv", b"number,kind\nX1,depot\n", "missing"),
    ("more.csv", b"number,kind,name,shoe\nX1,depot,A,43\n", "unknown"),
    ("twice.csv", b"number,kind,name,name\nX1,depot,A,B\n", "twice"),
    ("empty.csv", b"", "missing"),
]


def test_a_file_that_is_none_is_refused_as_a_whole(machine: Machine) -> None:
    for name, raw, word in UNUSABLE:
        code, said, words = machine.run("parties", machine.file(name, raw))
        assert (code, said, word in words) == (2, {}, True), (name, words)
    assert machine.run("parties", machine.folder / "nothing.csv")[0] == 2
    assert machine.run("parties", machine.folder)[0] == 2


def test_what_was_written_before_a_crash_stays_and_the_rest_follows(machine: Machine) -> None:
    """A crash between two transactions: the first part's rows are here already when it is run again."""
    many = "number,kind,name\n" + "".join(f"N{n},depot,Name {n}\n" for n in range(450))
    machine.run("parties", machine.file("first.csv", "".join(many.splitlines(keepends=True)[:201])))

    code, said, words = machine.run("parties", machine.file("parties.csv", many))

    assert (code, said["unchanged"], said["written"]) == (0, 200, 250)
    assert "written 250 of 250 rows" in words


def test_another_installations_keys_are_refused(machine: Machine) -> None:
    """The control: the command really opens the installation in the folder."""
    machine.run("parties", machine.file("parties.csv", PARTIES))
    settings = Settings(data=machine.folder, database_url=machine.database.app_url, log_name="another.example/log")

    async def other() -> None:
        async with opened(settings, LocalBus()):
            pass

    with pytest.raises(KeyRefused):
        now(other())
