import json
from pathlib import Path

import pytest
import typer
import zxingcpp
from PIL import Image
from typer.testing import CliRunner, Result

from safehand.cli.labels import register
from safehand.labels.model import Format
from safehand.labels.printing import print_label
from tests.labels.samples import LINK, S10, SSCC, TRACKING, a_label, english
from tests.labels.thermal_printer import printed

MINIMAL = ("--sscc", SSCC, "--to-name", "Päivi Åström", "--to-postal-code", "00260", "--to-city", "Helsinki")


def safehand(*words: str, stdin: bytes | None = None) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, list(words), input=stdin)


def last_json(result: Result) -> object:
    return json.loads(result.stdout.strip().splitlines()[-1])


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "label.png"
    printed(print_label(a_label(), Format.ZPL, english()).body).picture.save(path)
    return path


def test_a_scan_tells_text_format_and_identifiers_of_each_symbol(picture: Path) -> None:
    result = safehand("scan", str(picture), "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "symbols": [
            {"text": LINK, "format": "QRCode", "gs1": {"00": SSCC}},
            {"text": S10, "format": "Code128", "gs1": {}},
            {"text": f"00{SSCC}", "format": "Code128", "gs1": {"00": SSCC}},
        ]
    }


def test_a_separator_is_written_as_its_escape(tmp_path: Path) -> None:
    made = zxingcpp.create_barcode("(10)A(21)B", zxingcpp.BarcodeFormat.DataMatrix, gs1=True)
    image = zxingcpp.write_barcode_to_image(made, scale=4)
    Image.frombytes("L", image.shape[::-1], bytes(image)).save(tmp_path / "x.png")
    result = safehand("scan", str(tmp_path / "x.png"), "--json")
    assert '"text": "10A\\u001d21B"' in result.stdout
    assert '"gs1": {"10": "A", "21": "B"}' in result.stdout


def test_without_json_a_scan_is_for_people(picture: Path) -> None:
    result = safehand("scan", str(picture))
    assert f"Code128: (00){SSCC}" in result.stdout
    assert f"Code128: {S10}" in result.stdout


def test_a_picture_without_a_symbol_ends_with_1_and_an_empty_list(tmp_path: Path) -> None:
    Image.new("L", (200, 200), 255).save(tmp_path / "blank.png")
    result = safehand("scan", str(tmp_path / "blank.png"), "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (1, {"symbols": []})


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("missing.png", "labels.file_unreadable"),
        (".", "labels.file_unreadable"),
        ("\0", "labels.file_unreadable"),
        ("text.png", "labels.image_unreadable"),
        ("endless", "labels.image_too_large"),
    ],
)
def test_an_unusable_picture_ends_with_2_and_says_why(name: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("hello")
    path = "/dev/zero" if name == "endless" else str(tmp_path / name)
    result = safehand("scan", path, "--json")
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 2
    error = last_json(result)
    assert isinstance(error, dict)
    assert error["error"]["code"] == code


def test_a_picture_comes_from_standard_input_too(picture: Path) -> None:
    assert safehand("scan", "-", "--json", stdin=picture.read_bytes()).exit_code == 0


@pytest.mark.parametrize(("format", "beginning"), [("pdf-a6", b"%PDF-"), ("pdf-4x6", b"%PDF-"), ("zpl", b"^XA")])
def test_a_label_is_printed_from_options(format: str, beginning: bytes, tmp_path: Path) -> None:
    out = tmp_path / "label"
    result = safehand("label", *MINIMAL, "--format", format, "-o", str(out), "--json")
    assert result.exit_code == 0, result.stderr
    assert out.read_bytes().startswith(beginning)
    assert last_json(result) == {
        "output": str(out),
        "format": format,
        "bytes": out.stat().st_size,
        "discreet": False,
        "unprinted": [],
        "shortened": [],
    }


def test_a_label_goes_to_standard_output_for_a_pipe_to_the_printer() -> None:
    result = safehand("label", *MINIMAL, "--format", "zpl", "--tracking", "sh 4829 1057 3345")
    out = printed(result.stdout_bytes)
    assert f">;>800{SSCC}" in out.barcodes
    assert f"https://id.gs1.org/00/{SSCC}" in out.barcodes
    assert "SH 4829" in out.words


def described(**changes: object) -> bytes:
    whole: dict[str, object] = {
        "sscc": f"(00){SSCC}",
        "origin": "https://parcels.example",
        "tracking": TRACKING,
        "s10": S10,
        "recipient": {"name": "Päivi Åström", "postal_code": "00260", "city": "Helsinki", "country": "FI"},
        "sender": {"name": "Nordic Jewels Oy"},
        "contents": "Gold ring",
        "value_cents": 129000,
    }
    return json.dumps(whole | changes).encode()


def test_a_label_is_printed_from_json_and_options_win() -> None:
    result = safehand("label", "--input", "-", "--to-city", "Espoo", "--format", "zpl", stdin=described())
    words = printed(result.stdout_bytes).words
    assert any("Gold ring" in line for line in words)
    assert any("Espoo" in line for line in words)
    assert not any("Helsinki" in line for line in words)


def test_a_discreet_label_tells_nothing_of_the_sender(tmp_path: Path) -> None:
    result = safehand("label", "--input", "-", "--discreet", "--format", "zpl", stdin=described())
    assert not any(secret in result.stdout for secret in ("Nordic", "Gold", "1290"))


@pytest.mark.parametrize(
    ("stdin", "code"),
    [
        (b"", "labels.input_unreadable"),
        (b"[]", "labels.input_unreadable"),
        (b"{" * 100_000, "labels.input_unreadable"),
        (b'{"a":' * 10_000, "labels.input_unreadable"),
        (b"\xff", "labels.input_unreadable"),
        (described(colour="red"), "labels.input_unreadable"),
        (described(recipient={"name": "x", "door_code": "1234"}), "labels.input_unreadable"),
        (described(recipient="x"), "labels.input_unreadable"),
        (described(weight_g="heavy"), "labels.input_unreadable"),
        (described(sscc=1), "labels.input_unreadable"),
        (described(sscc=SSCC[:-1] + "9"), "labels.wrong_check_digit"),
        (described(sscc=TRACKING), "labels.number_unreadable"),
        (described(origin="https://x/^XA"), "labels.link_invalid"),
        (described(recipient={"name": ""}), "labels.field_invalid"),
    ],
)
def test_an_unusable_description_ends_with_2_and_says_why(stdin: bytes, code: str, tmp_path: Path) -> None:
    out = tmp_path / "label.pdf"
    result = safehand("label", "--input", "-", "-o", str(out), "--json", stdin=stdin)
    assert result.exit_code == 2
    error = last_json(result)
    assert isinstance(error, dict)
    assert error["error"]["code"] == code
    assert "{" not in result.stderr
    assert not out.exists()


def test_a_wrong_check_digit_is_explained_in_the_readers_language() -> None:
    wrong = SSCC[:-1] + "9"
    assert "ask for 1" in safehand("label", "--sscc", wrong, "--to-name", "x").stderr
    assert "pitäisi olla 1" in safehand("label", "--sscc", wrong, "--to-name", "x", "--language", "fi").stderr


@pytest.mark.parametrize(
    "words",
    [
        ("scan",),
        ("label",),
        ("label", "--sscc", SSCC),
        ("label", *MINIMAL, "--json"),
        ("label", *MINIMAL, "--format", "png"),
        ("label", *MINIMAL, "--language", "xx"),
        ("label", *MINIMAL, "-o", "/no/such/folder/x"),
    ],
)
def test_wrong_use_ends_with_2_and_words_on_standard_error(words: tuple[str, ...]) -> None:
    result = safehand(*words)
    assert result.exit_code == 2
    assert result.stderr.strip()


def test_what_a_label_cannot_print_is_told(tmp_path: Path) -> None:
    out = tmp_path / "label.pdf"
    result = safehand("label", "--sscc", SSCC, "--to-name", "王芳 Wang", "-o", str(out), "--json")
    assert result.exit_code == 0
    told = last_json(result)
    assert isinstance(told, dict)
    assert told["unprinted"] == ["王", "芳"]
    assert "王" in result.stderr


def test_the_same_label_twice_is_the_same_file() -> None:
    first, second = (safehand("label", *MINIMAL).stdout_bytes for _ in range(2))
    assert first == second
    assert first.startswith(b"%PDF-")


def test_a_number_is_told_by_whose_it_is() -> None:
    assert safehand("number", "sh 4829-1057-3345").stdout == "tracking: SH 4829 1057 3345\n"
    assert "GS1: (00)" in safehand("number", f"]C100{SSCC}").stdout
    assert safehand("number", "urn:epc:id:sscc:0614141.1234567890").stdout == "GS1: (00)106141412345678908\n"
    assert safehand("number", "3174257BF4499602D2000000").stdout == "GS1: (00)106141412345678908\n"
    assert "(37) needs one of: 00+02" in safehand("number", "]C1021234567890123137024").stdout
    assert safehand("number", "1Z 5R89 3903 5756 7127").stdout == "UPS: ups\n"
    told = last_json(safehand("number", "K1506235620", "--json"))
    assert told == {"ours": None, "gs1": {}, "doubt": "", "carriers": [{"carrier": "UPS", "format": "ups_waybill"}]}


def test_a_number_that_is_nobodys_is_told_why_it_is_not_ours() -> None:
    result = safehand("number", "SH 4829 1057 3349", "--language", "fi")
    assert result.exit_code == 1
    assert "5" in result.stderr
    assert safehand("number", "parcel", "--json").exit_code == 1
