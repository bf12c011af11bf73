"""Other people's scanners: bandit reads code, wapiti and schemathesis ask, testssl shakes hands.

Each runs as a program of its own against this machine only, within a time, and what it says becomes findings.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent
SCAN_S_MAX = 3_000
MODULES = (
    "backup,blindsql,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,methods,permanentxss,redirect,"
    "shellshock,sql,xss,xxe"
)
"""wapiti's, less those that guess names from long lists or ask a server of its makers."""
CHECKS = "not_a_server_error,ignored_auth,use_after_free,object_level_authorization"


class Severity(IntEnum):
    """How bad a tool says it is."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Found:
    """One finding: the tool's own name for it, and where."""

    tool: str
    kind: str
    where: str
    severity: Severity
    words: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What schemathesis did: how many cases, and what it found."""

    cases: int
    complete: bool
    found: list[Found]


def missing() -> list[str]:
    """The programs that are not on this machine."""
    return [name for name in ("wapiti", "testssl") if shutil.which(name) is None]


def bandit(*places: str | Path) -> list[Found]:
    """What bandit sees in these files and folders."""
    said = _run([BIN / "bandit", "-q", "-r", "-f", "json", *places], ok=(0, 1)).stdout
    return [
        Found(
            "bandit",
            one["test_id"],
            f"{one['filename']}:{one['line_number']}",
            Severity[one["issue_severity"]],
            one["issue_text"],
        )
        for one in json.loads(said)["results"]
    ]


def wapiti(url: str, folder: Path, *words: str, scan_s: int = 600) -> list[Found]:
    """What wapiti finds from this page on, following links and filling in forms."""
    report = folder / "wapiti.json"
    where = ("--store-session", folder / "session", "--store-config", folder / "config")
    limits = ("--max-scan-time", str(scan_s), "--max-links-per-page", "100", "--max-files-per-dir", "10", "-d", "4")
    out = ("-f", "json", "-o", report, "--verify-ssl", "0", "--no-bugreport")
    _run(["wapiti", "-u", url, "-m", MODULES, "--flush-session", *out, *where, *limits, *words], folder, ok=(0,))
    return list(_of_wapiti(json.loads(report.read_text("utf-8"))))


def _of_wapiti(report: dict[str, Any]) -> Iterator[Found]:
    for part in ("vulnerabilities", "anomalies"):
        for kind, findings in report[part].items():
            for one in findings:
                severity = Severity(min(max(int(one["level"]), 1), 3))
                yield Found("wapiti", kind, f"{one['method']} {one['path']} {one['parameter']}", severity, one["info"])


def handshakes(port: int, folder: Path, authority: Path | None = None) -> list[Found]:
    """What testssl thinks of the TLS at this port; `authority` is whom it may trust."""
    report = folder / "testssl.json"
    trust = ("--add-ca", authority) if authority else ()
    command = ["testssl", "--quiet", "--warnings", "off", "--color", "0", *trust, "--jsonfile", report]
    _run([*command, f"localhost:{port}"], folder, ok=range(256))
    levels = {"LOW": Severity.LOW, "MEDIUM": Severity.MEDIUM, "HIGH": Severity.HIGH, "CRITICAL": Severity.HIGH}
    said = json.loads(report.read_text("utf-8"))
    assert len(said) > 50, "it did not get to the end"
    return [
        Found("testssl", one["id"], str(port), levels[one["severity"]], one["finding"])
        for one in said
        if one["severity"] in levels
    ]


def schemathesis(
    url: str,
    folder: Path,
    *words: str,
    examples: int,
    seed: int,
    settings: Path | None = None,
    environment: dict[str, str] | None = None,
) -> Asked:
    """What the description at `url`, asked with values that fit it and values that do not, brings to light."""
    report = folder / "schemathesis.json"
    with_settings = ("--config-file", settings) if settings else ()
    command = [BIN / "schemathesis", *with_settings, "run", url, "-n", str(examples), "--seed", str(seed)]
    command += ["--checks", CHECKS, "--report", "json", "--report-json-path", report, "--continue-on-failure", *words]
    report.unlink(missing_ok=True)
    said = _run(command, folder, ok=(0, 1), environment=environment)
    if not report.exists():
        raise AssertionError(said.stdout[-3000:])
    told = json.loads(report.read_text("utf-8"))
    found = [
        Found("schemathesis", one["type"], ", ".join(one["operations"]), Severity.HIGH, one["title"])
        for one in told["failures"]
    ]
    (folder / "schemathesis.txt").write_text(said.stdout)
    return Asked(told["test_cases"]["generated"], bool(told["complete"]) and not told["errors"], found)


def _run(
    command: Sequence[str | Path],
    folder: Path | None = None,
    *,
    ok: Sequence[int],
    environment: dict[str, str] | None = None,
) -> "subprocess.CompletedProcess[str]":
    home = {"HOME": str(folder)} if folder else {}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=os.environ | home | {"PYTHONPATH": str(Path.cwd())} | (environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if folder else subprocess.PIPE,
        text=True,
        errors="replace",
        timeout=SCAN_S_MAX,
        check=False,
    )
    assert done.returncode in ok, f"{command[0]} ended with {done.returncode}\n{done.stdout[-3000:]}"
    return done
