"""The sets of examples in ../shared/data/gs1, and how each is judged by the code that reads labels.

A judge never says "good" by itself: it reads, and what is raised is held against what the example expects.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from safehand.kernel.errors import SafehandError
from safehand.labels import associations, carriers, digital_link, elements, epc, epc_tags
from safehand.labels.identifiers import Component, table
from safehand.labels.numbers import read_s10
from safehand.labels.scanned import GS1, read_scan


class Outcome(StrEnum):
    """What becomes of an example, in the order of the table."""

    TAKEN = "taken"
    REFUSED = "refused"
    PASSED_OVER = "passed over"
    OTHERWISE = "otherwise"


class Why(StrEnum):
    """Why an example is passed over."""

    FNC1_GONE = "the FNC1 in first place is the symbol's: a scanner has taken it away before we read"
    BEFORE_1_1 = "words in place of numbers (sscc, gtin) left Digital Link with version 1.1"
    SHORT_GTIN = "told twice: with leading zeros of a GTIN allowed to be missing, as here, and without"
    MADE_ELSEWHERE = "we make links and symbols of an SSCC only; those of other keys we read"
    NOT_A_CARRIERS = "a rule that no parcel's label needs: coupons, and the company prefix within a key"
    NO_IDENTIFIER = "a rule that no application identifier has"
    ODD = "piece and total of unlike length: the component has four digits"
    NO_GS1_KEY = "tags of defence, aircraft and private numbering, which are no GS1 keys"
    CBV = "words of EPCIS's vocabulary, not identifiers"
    UNCHECKED = "the example's maker does not look at this check digit; we do, and refuse it"
    PREFIX_LENGTH = "needs GS1's own list of how long each company's prefix is, which is not open"
    RAW = (
        "characters that a web address has to escape (RFC 3986) stand in it as they are; the example's maker takes them"
    )
    WIDER = "an order or a place of qualifiers that the standard does not have (the example says so itself)"
    ONE_THING = "the link is right; the example asks whether EPCIS may take it for one thing"
    NO_FORMAT = "the carrier's format is not public, and there is no example of a good one"


@dataclass(frozen=True, slots=True)
class Example:
    """One example: of which kind it is, what is in it, and how it is shown."""

    kind: str
    body: Mapping[str, Any]
    shown: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of it; `said` is the rule or the reason."""

    outcome: Outcome
    said: str = ""


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """A file, or a part of one, with its judge."""

    file: str
    read: Callable[[Path], Iterator[Example]]
    judge: Callable[[Example], Verdict]


def passed_over(why: Why) -> Verdict:
    """Not judged."""
    return Verdict(Outcome.PASSED_OVER, why)


def judged(good: bool, read: Callable[[], object]) -> Verdict:
    """What reading it came to, held against what the example expects."""
    try:
        read()
    except SafehandError as refused:
        return Verdict(Outcome.OTHERWISE if good else Outcome.REFUSED, rule(refused))
    return Verdict(Outcome.TAKEN if good else Outcome.OTHERWISE)


def same(good: bool, read: Callable[[], object], expected: Callable[[], object]) -> Verdict:
    """As `judged`, and what was read must also be what the example says."""
    verdict = judged(good, read)
    if verdict.outcome is not Outcome.TAKEN:
        return verdict
    try:
        agrees = read() == expected()
    except SafehandError as refused:
        return Verdict(Outcome.OTHERWISE, f"what it should be read as is refused: {rule(refused)}")
    return verdict if agrees else Verdict(Outcome.OTHERWISE, f"read as {read()}")


def rule(refused: SafehandError) -> str:
    """The rule that refused: why, if the error says, else its code."""
    code = refused.code.removeprefix("labels.")
    why = refused.params.get("why")
    return f"{code}: {why}" if why else code


def _parse_bracketed(example: Example) -> Verdict:
    vector = example.body
    return same(
        vector["ok"],
        lambda: elements.parse_bracketed(vector["bracketed"]),
        lambda: elements.parse_raw(_raw(vector["unbracketed"])),
    )


def _parse_unbracketed(example: Example) -> Verdict:
    vector = example.body
    if not vector["ok"] and vector["unbracketed"] and not vector["unbracketed"].startswith("^"):
        return passed_over(Why.FNC1_GONE)
    return judged(vector["ok"], lambda: elements.parse_raw(_raw(vector["unbracketed"])))


def _associations(example: Example) -> Verdict:
    vector = example.body
    return judged(vector["ok"], lambda: associations.hold_together(elements.parse_bracketed(vector["bracketed"])))


def _link_parse(example: Example) -> Verdict:
    vector, uri = example.body, example.body["uri"]
    if uri.startswith(("https://a/sscc/", "https://a/cps/")):
        return passed_over(Why.BEFORE_1_1)
    if not vector["ok"] and re.search(r"/01[/=]\d{8,13}(?!\d)|01=\d{8,13}(?!\d)", uri):
        try:
            digital_link.parse(uri)
        except SafehandError as refused:
            return Verdict(Outcome.REFUSED, rule(refused))
        return passed_over(Why.SHORT_GTIN)
    return same(vector["ok"], lambda: digital_link.parse(uri), lambda: elements.parse_raw(_raw(vector["unbracketed"])))


def _link_generate(example: Example) -> Verdict:
    vector = example.body
    if not vector["ok"]:
        return passed_over(Why.MADE_ELSEWHERE)
    return same(
        True,
        lambda: sorted(digital_link.parse(vector["uri"]).items()),
        lambda: sorted(elements.parse_bracketed(vector["bracketed"]).items()),
    )


def _scan_parse(example: Example) -> Verdict:
    vector = example.body

    def expected() -> object:
        data: str = vector["data"]
        return elements.parse_raw(_raw(data)) if data.startswith("^") else data.replace("\\\\^", "\\^")

    def read() -> object:
        scanned = read_scan(vector["scan"])
        return scanned.gs1 if scanned.symbology in GS1 else scanned.text.replace("|]e0", "|^").replace("\x1d", "^")

    if vector["data"] == "\\^TESTING":  # how the engine writes a caret that is data
        return judged(True, read)
    return same(vector["ok"], read, expected)


def _scan_generate(example: Example) -> Verdict:
    return judged(True, lambda: read_scan(example.body["scan"]))


_NO_RULES = ("(8110)", "(8112)", "(7023)")


def _ai_linters(example: Example) -> Verdict:
    vector = example.body
    if vector["bracketed"].startswith(_NO_RULES):
        return passed_over(Why.NOT_A_CARRIERS)
    return judged(vector["expect"] == "OK", lambda: elements.parse_bracketed(vector["bracketed"]))


# GS1's name of each rule, and the component that holds a value to ours: alphabet, least, most, rule.
_MOST = 200
_LINTERS: Mapping[str, tuple[str, int, int, str]] = {
    "csum": ("n", 1, _MOST, "check"), "yymmdd": ("n", 6, 6, "date"), "yymmd0": ("n", 6, 6, "date0"),
    "yyyymmdd": ("n", 8, 8, "birth"), "hhmi": ("n", 4, 4, "time"), "hh": ("n", 2, 2, "hour"),
    "mi": ("n", 2, 2, "sixty"), "ss": ("n", 2, 2, "sixty"), "iso3166": ("n", 3, 3, "country"),
    "iso3166alpha2": ("x", 2, 2, "country2"), "iso3166999": ("n", 3, 3, "country999"),
    "iso4217": ("n", 3, 3, "currency"), "iso5218": ("n", 1, 1, "sex"), "pcenc": ("x", 0, _MOST, "percent"),
    "longitude": ("n", 10, 10, "longitude"), "hyphen": ("x", 1, 1, "hyphen"), "zero": ("n", 1, _MOST, "zero"),
    "nonzero": ("n", 1, _MOST, "nonzero"), "nozeroprefix": ("n", 0, _MOST, "nolead"),
    "pieceoftotal": ("n", 2, _MOST, "piece"), "posinseqslash": ("x", 0, _MOST, "sequence"),
    "csumalpha": ("x", 0, _MOST, "pair"), "hasnondigit": ("x", 0, _MOST, "nondigit"),
    "winding": ("n", 1, 1, "winding"), "mediatype": ("n", 2, 2, "medium"), "importeridx": ("x", 1, 1, "importer"),
    "iban": ("x", 0, _MOST, "iban"),
    "packagetype": ("x", 0, 4, "package"), "cset82": ("x", 0, _MOST, ""), "cset39": ("y", 0, _MOST, ""),
    "cset64": ("z", 0, _MOST, "padding"), "csetnumeric": ("n", 0, _MOST, ""),
}  # fmt: skip
_UNUSED = {"yyyymmd0": Why.NO_IDENTIFIER, "linter": Why.NO_IDENTIFIER}


def _linter(example: Example) -> Verdict:
    vector = example.body
    name, value = vector["linter"], vector["value"]
    if name not in _LINTERS:
        return passed_over(_UNUSED.get(name, Why.NOT_A_CARRIERS))
    alphabet, least, most, held = _LINTERS[name]
    if name == "pieceoftotal" and len(value) % 2:
        return passed_over(Why.ODD)
    component = Component(alphabet, least, most, False, (held,) if held else ())
    why = "length" if len(value) > most else elements.why_not(component, value)
    return _ruled(vector["ok"], why)


def _ruled(good: bool, why: str | None) -> Verdict:
    if why is None:
        return Verdict(Outcome.TAKEN if good else Outcome.OTHERWISE)
    return Verdict(Outcome.OTHERWISE if good else Outcome.REFUSED, f"element_invalid: {why}")


_RAW = re.compile(r'["<>#]|%(?![0-9A-Fa-f]{2})|(?<!:)//')
_LINKED = re.compile(r"(?:https?|hps)?:?/")


def _prefix_digits(told: list[str] | None) -> int | None:
    """How long the company prefix is, where the example says it."""
    last = (told or [""])[-1]
    return int(last) if last.isdigit() else None


def _validate(example: Example) -> Verdict:
    """A name of the trade: an EPC, or a link, which is also asked to be one where the example tells the prefix."""
    vector, name, prefix = example.body, example.body["id"], _prefix_digits(example.body["extra"])
    if not _LINKED.match(name):
        return judged(vector["valid"], lambda: epc.read_epc(name))
    plain = not vector["compliant_set"] or prefix is None
    verdict = judged(
        vector["valid"],
        lambda: digital_link.parse(name) if plain else epc.epc_of(digital_link.parse(name), prefix or 0),
    )
    if verdict.outcome is not Outcome.OTHERWISE:
        return verdict
    if vector["valid"] and "check_digit" in verdict.said and vector["extra"] != ["validationContext"]:
        return passed_over(Why.UNCHECKED)
    if _RAW.search(name):
        return passed_over(Why.RAW)
    if not vector["compliant_set"]:
        return passed_over(Why.WIDER if vector["valid"] else Why.ONE_THING)
    return verdict


def _convert(example: Example) -> Verdict:
    vector, expected = example.body, example.body["expected"]
    if "Vocabulary" in example.kind:
        return passed_over(Why.CBV)
    if "URI" in example.kind:
        elements_said = epc.read_epc(vector["input"]).told_in_elements
        return same(True, elements_said, lambda: _link_elements(expected))
    prefix = _prefix_digits(vector["args"])
    if prefix is None:
        return passed_over(Why.PREFIX_LENGTH)
    verdict = same(True, lambda: epc.epc_of(_link_elements(vector["input"]), prefix), lambda: epc.read_epc(expected))
    if verdict.outcome is Outcome.OTHERWISE and "check_digit" in verdict.said:
        return passed_over(Why.UNCHECKED)
    return verdict


def _link_elements(link: str) -> dict[str, str]:
    """A link's elements, where what it should have escaped stands as it is."""
    head, key, rest = re.split(r"/(00|01|253|255|401|402|414|417|8003|8004|8006|8010|8017|8018)/", link, maxsplit=1)
    parts = [rest]
    for qualifier in ("/21/", "/10/", "/235/", "/254/", "/8011/"):
        if qualifier in rest:
            parts = [part for piece in rest.split(qualifier, 1) for part in (piece, qualifier)][:-1]
            break
    whole = "".join(part if at % 2 else quote(unquote(part), safe="") for at, part in enumerate(parts))
    return digital_link.parse(f"{head}/{key}/{whole}")


def _tag(example: Example) -> Verdict:
    vector = example.body
    if vector["scheme"] not in {layout.name for layout in epc_tags.LAYOUTS.values()}:
        return passed_over(Why.NO_GS1_KEY)
    return same(True, lambda: epc_tags.read_tag(vector["hex"]), lambda: epc.read_epc(vector["pure_identity"]))


def _tracking(example: Example) -> Verdict:
    vector = example.body
    format = re.sub(r"\W+", "_", vector["format"].lower()).strip("_")
    if format == "s10":
        return judged(vector["valid"], lambda: read_s10(carriers.bare(vector["number"])))
    if format not in carriers.FORMATS:
        return passed_over(Why.NO_FORMAT)
    return judged(vector["valid"], lambda: carriers.read_as(format, vector["number"]))


_DICTIONARY_LINE = re.compile(r"(\d{2,4})(?:-(\d{2,4}))?\s+[*?]*\s+[NXYZ\[]")


def _dictionary(folder: Path) -> Iterator[Example]:
    for line in (folder / "syntax-dictionary/gs1-syntax-dictionary.txt").read_text("utf-8").splitlines():
        found = _DICTIONARY_LINE.match(line)
        if found:
            for number in range(int(found[1]), int(found[2] or found[1]) + 1):
                identifier = f"{number:0{len(found[1])}}"
                yield Example("application identifiers", {"identifier": identifier}, identifier)


def _identifier(example: Example) -> Verdict:
    known = example.body["identifier"] in table()
    return Verdict(Outcome.TAKEN if known else Outcome.OTHERWISE, "" if known else "not in our table")


def _vectors(file: str, part: str | None, kind: Callable[[Mapping[str, Any]], str], folder: Path) -> Iterator[Example]:
    told = json.loads((folder / file).read_text("utf-8"))
    told = told["vectors"][part] if part and "vectors" in told else told[part or "vectors"]
    for vector in told:
        yield Example(kind(vector), vector, json.dumps(vector, ensure_ascii=False))


def _raw(marked: str) -> str:
    return marked.replace("^", "\x1d")


def _set(file: str, part: str | None, judge: Callable[[Example], Verdict], kind: str | None = None) -> ExampleSet:
    """The examples of one part of a file; `kind` is the field that tells them apart, else the part does."""
    named = (lambda vector: str(vector[kind])) if kind else (lambda _vector: str(part))
    return ExampleSet(file, partial(_vectors, file, part, named), judge)


_SYNTAX, _NAMES = "syntax_vectors.json", "identifiers.json"
SETS: tuple[ExampleSet, ...] = (
    ExampleSet("syntax-dictionary", _dictionary, _identifier),
    _set(_SYNTAX, "parse_bracketed", _parse_bracketed),
    _set(_SYNTAX, "parse_unbracketed", _parse_unbracketed),
    _set(_SYNTAX, "validate_associations", _associations),
    _set(_SYNTAX, "digital_link_parse", _link_parse),
    _set(_SYNTAX, "digital_link_generate", _link_generate),
    _set(_SYNTAX, "scan_parse", _scan_parse),
    _set(_SYNTAX, "scan_generate", _scan_generate),
    _set(_SYNTAX, "ai_linters", _ai_linters),
    _set(_SYNTAX, "linter_unit", _linter),
    _set(_NAMES, "validate", _validate, "scheme"),
    _set(_NAMES, "convert", _convert, "fn"),
    _set("epc_tds_vectors.json", None, _tag, "scheme"),
    _set("tracking_numbers.json", None, _tracking, "courier"),
)
