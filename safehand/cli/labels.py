"""`safehand label` prints a parcel's label, `safehand scan` reads the codes in a picture, `safehand number` a number.

Exit 0: done, something found. 1: nothing found. 2: unusable input. With `--json` the last line of output is JSON.
"""

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from safehand.cli.refusal import refusal
from safehand.kernel.catalogue import DEFAULT_LANGUAGE, LANGUAGES, Catalogue, load_catalogue
from safehand.kernel.errors import SafehandError
from safehand.labels.associations import hold_together
from safehand.labels.carriers import recognised
from safehand.labels.epc import read_epc
from safehand.labels.epc_tags import read_tag
from safehand.labels.errors import FileUnreadable, InputUnreadable, NumberUnreadable
from safehand.labels.model import Address, Format, Label
from safehand.labels.numbers import Kind, read_number
from safehand.labels.printing import print_label
from safehand.labels.scan import IMAGE_BYTES_MAX, scan
from safehand.labels.scanned import read_scan

INPUT_BYTES_MAX = 64 * 1024
STANDARD = "-"  # standard input or output
NOTHING_FOUND = 1
DEFAULT_ORIGIN = "https://id.gs1.org"  # GS1's own resolver, for labels printed without an installation

_NUMBERS = {"sscc": Kind.SSCC, "s10": Kind.S10, "tracking": Kind.TRACKING}
_PARTS = {"to": "recipient", "from": "sender"}
_FIELDS = frozenset(field.name for field in fields(Label))
_ADDRESS_FIELDS = frozenset(field.name for field in fields(Address))

Text = Annotated[str | None, typer.Option(show_default=False)]
Count = Annotated[int | None, typer.Option(show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Say the outcome as one JSON value on the last line.")]
Language = Annotated[str, typer.Option(envvar="SAFEHAND_LANGUAGE", help="Words in this language: en, fi.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("label")(label_command)
    app.command("scan")(scan_command)
    app.command("number")(number_command)


def label_command(
    context: typer.Context,
    *,
    description: Annotated[
        str | None, typer.Option("--input", help="A JSON file with the label's fields (- for standard input).")
    ] = None,
    sscc: Annotated[str | None, typer.Option(help="18 digits; (00) and spaces are fine.")] = None,
    tracking: Text = None,
    s10: Text = None,
    origin: Annotated[str | None, typer.Option(help=f"Of the QR Code's link; without it {DEFAULT_ORIGIN}.")] = None,
    to_name: Text = None,
    to_street: Text = None,
    to_extra: Text = None,
    to_postal_code: Text = None,
    to_city: Text = None,
    to_country: Annotated[str | None, typer.Option(help="Two letters, such as FI.")] = None,
    from_name: Text = None,
    from_street: Text = None,
    from_extra: Text = None,
    from_postal_code: Text = None,
    from_city: Text = None,
    from_country: Text = None,
    carrier: Text = None,
    service: Text = None,
    route: Annotated[str | None, typer.Option(help="The carrier's sorting hint.")] = None,
    piece: Count = None,
    pieces: Count = None,
    weight_g: Count = None,
    reference: Text = None,
    contents: Text = None,
    value_cents: Count = None,
    currency: Text = None,
    format: Annotated[Format, typer.Option(help="PDF on A6 or 4 x 6 inches, or ZPL at 203 dpi.")] = Format.PDF_A6,
    discreet: Annotated[bool, typer.Option(help="No sender, reference, contents or value.")] = False,
    output: Annotated[str, typer.Option("--output", "-o", help="Where to (- for standard output).")] = STANDARD,
    language: Language = DEFAULT_LANGUAGE,
    as_json: AsJson = False,
) -> None:
    """Print the label of one parcel.

    Its fields come from the options, from a JSON file, or both: options win.
    """
    words = _words(language)
    try:
        if as_json and output == STANDARD:
            raise InputUnreadable("--json needs --output FILE: the label itself would stand on standard output")
        label = _label(_described(description) if description else {}, context.params)
        printed = print_label(label, format, words, discreet)
        _write(output, printed.body)
    except SafehandError as refused:
        raise refusal(refused, words, as_json) from refused
    if printed.unprinted:
        typer.echo(words.say("labels.cannot_print", characters=" ".join(printed.unprinted)), err=True)
    if printed.shortened:
        typer.echo(words.say("labels.cut_short", fields=", ".join(printed.shortened)), err=True)
    if as_json:
        told = {"output": output, "format": format.value, "bytes": len(printed.body), "discreet": discreet}
        typer.echo(json.dumps(told | {"unprinted": printed.unprinted, "shortened": printed.shortened}))


def scan_command(
    image: Annotated[str, typer.Argument(help="PNG, JPEG, WebP, GIF, BMP, TIFF or PPM (- for standard input).")],
    language: Language = DEFAULT_LANGUAGE,
    as_json: AsJson = False,
) -> None:
    """Read every barcode in a picture.

    `gs1` holds application identifier and value where a symbol says such, as an element string or a Digital Link.
    """
    words = _words(language)
    try:
        symbols = scan(_read(image, IMAGE_BYTES_MAX))
    except SafehandError as refused:
        raise refusal(refused, words, as_json) from refused
    if as_json:
        told = [{"text": symbol.text, "format": symbol.format, "gs1": dict(symbol.gs1)} for symbol in symbols]
        typer.echo(json.dumps({"symbols": told}))
    else:
        for symbol in symbols:
            said = " ".join(f"({identifier}){value}" for identifier, value in symbol.gs1.items())
            typer.echo(f"{symbol.format}: {said or _visible(symbol.text)}")
    if not symbols:
        raise typer.Exit(NOTHING_FOUND)


def number_command(
    text: Annotated[
        str, typer.Argument(help="What is on a label, was typed, or a scanner (]C1...) or a tag reader sent.")
    ],
    language: Language = DEFAULT_LANGUAGE,
    as_json: AsJson = False,
) -> None:
    """Say whose number it is: ours, what a scan says to GS1, or which other carriers' it may be."""
    words = _words(language)
    told: dict[str, Any] = {"ours": None, "gs1": {}, "doubt": "", "carriers": []}
    refused: SafehandError | None = None
    try:
        number = read_number(text)
        told["ours"] = {"kind": number.kind.value, "number": number.text, "said": number.grouped}
    except SafehandError as error:
        refused = error
    with suppress(SafehandError):
        told["gs1"] = _said_to_gs1(text)
    try:
        hold_together(told["gs1"])
    except SafehandError as error:
        told["doubt"] = words.say(f"{error.code}.detail", **error.params)
    with suppress(SafehandError):
        told["carriers"] = [{"carrier": one.courier, "format": one.format} for one in recognised(text)]
    if refused and not told["gs1"] and not told["carriers"]:
        raise refusal(refused, words, as_json, NOTHING_FOUND)
    if as_json:
        typer.echo(json.dumps(told))
        return
    if told["ours"]:
        typer.echo(f"{told['ours']['kind']}: {told['ours']['said']}")
    if told["gs1"]:
        typer.echo("GS1: " + " ".join(f"({identifier}){value}" for identifier, value in told["gs1"].items()))
    if told["doubt"]:
        typer.echo(told["doubt"])
    for one in told["carriers"]:
        typer.echo(f"{one['carrier']}: {one['format']}")


def _said_to_gs1(text: str) -> dict[str, str]:
    """The element string of an EPC's name, a radio tag's memory or a scan."""
    if text.startswith("urn:"):
        return read_epc(text).told_in_elements()
    if text.startswith("]"):
        return dict(read_scan(text).gs1)
    return read_tag(text).told_in_elements()


def _label(described: dict[str, Any], options: Mapping[str, Any]) -> Label:
    given: dict[str, Any] = {"origin": DEFAULT_ORIGIN} | described
    for name, value in options.items():
        part, _, field = name.partition("_")
        if value is None:
            continue
        if part in _PARTS and field in _ADDRESS_FIELDS:
            given[_PARTS[part]] = {**(given.get(_PARTS[part]) or {}), field: value}
        elif name in _FIELDS:
            given[name] = value
    for name, kind in _NUMBERS.items():
        if isinstance(text := given.get(name), str):
            number = read_number(text)
            if number.kind is not kind:
                raise NumberUnreadable(text)
            given[name] = number.text
    try:
        return msgspec.convert(given, Label)
    except msgspec.ValidationError as refused:
        raise InputUnreadable(str(refused)) from refused


def _described(path: str) -> dict[str, Any]:
    raw = _read(path, INPUT_BYTES_MAX)
    if len(raw) > INPUT_BYTES_MAX:
        raise InputUnreadable(f"more than {INPUT_BYTES_MAX} bytes")
    try:
        described = msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as refused:
        raise InputUnreadable(str(refused)) from refused
    unknown = sorted(described.keys() - _FIELDS)
    for part in _PARTS.values():
        if isinstance(address := described.get(part), dict):
            unknown += sorted(f"{part}.{name}" for name in address.keys() - _ADDRESS_FIELDS)
        elif address is not None:
            raise InputUnreadable(f"{part} is no object")
    if unknown:
        raise InputUnreadable(f"no such field: {', '.join(unknown)}")
    return described


def _read(path: str, most: int) -> bytes:
    """At most one byte more than allowed: who reads it can tell, and an endless device ends."""
    try:
        if path == STANDARD:
            return sys.stdin.buffer.read(most + 1)
        with Path(path).open("rb") as file:
            return file.read(most + 1)
    except (OSError, ValueError) as refused:
        raise FileUnreadable(path, _reason(refused)) from refused


def _write(path: str, body: bytes) -> None:
    try:
        if path == STANDARD:
            sys.stdout.buffer.write(body)
            sys.stdout.buffer.flush()
        else:
            Path(path).write_bytes(body)
    except (OSError, ValueError) as refused:
        raise FileUnreadable(path, _reason(refused)) from refused


def _reason(refused: OSError | ValueError) -> str:
    return (refused.strerror if isinstance(refused, OSError) else None) or str(refused)


def _words(language: str) -> Catalogue:
    if language not in LANGUAGES:
        raise typer.BadParameter(f"{language}: not one of {', '.join(LANGUAGES)}", param_hint="--language")
    return load_catalogue(language)


def _visible(text: str) -> str:
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
