"""Dangers: what the program never does, wherever a value came from. Each has the words that say what to do instead."""

import ast
import re
from collections.abc import Iterator

from tools.lints.page import Finding, Page

RUNNERS = {"eval", "exec", "compile", "__import__"}
SHELLS = {"os.system", "os.popen", "asyncio.create_subprocess_shell", "subprocess.getoutput"}
UNSAFE_IMPORTS = {
    "pickle": "bytes that name types of their own",
    "marshal": "bytes that name types of their own",
    "shelve": "bytes that name types of their own",
    "yaml": "a format that names types of its own",
    "xml": "XML: it names outside entities",
    "lxml": "XML: it names outside entities",
    "telnetlib": "a connection in clear text",
    "ftplib": "a connection in clear text",
}
WEAK = {"md5", "sha1", "MD5", "SHA1", "ECB", "CBC", "PKCS1v15", "TripleDES", "ARC4", "Blowfish"}
SECRETS = ("safehand/identity/", "safehand/vault/", "safehand/ledger/", "safehand/handover/", "safehand/kernel/")
"""Where whatever is drawn must be unguessable; elsewhere chance only spreads work."""
MARKUP = ("|safe", "| safe", "autoescape false", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write")
KEEPING = ("localStorage", "sessionStorage", "indexedDB", "postMessage", '"message"')
POLLUTING = re.compile(r"__proto__|setPrototypeOf|Object\.assign|\w\[[A-Za-z_][\w.]*\]\s*=(?!=)")
"""What changes an object under a name that came from elsewhere, and with it maybe every object."""
INLINE = ("javascript:", " onclick=", " onload=", " onerror=", " onsubmit=")


def check(page: Page) -> Iterator[Finding]:
    """No code made of values: not Python, not commands, not markup; no weak ciphers, no XML, no pickles."""
    if page.path.startswith("safehand/surfaces/") and page.path.endswith((".html", ".js")):
        yield from _markup(page)
    if not page.is_python or not page.path.startswith("safehand/"):
        return
    for node in ast.walk(page.tree):
        match node:
            case ast.Call():
                yield from _call(page, node)
            case ast.Import(names=names):
                for name in names:
                    yield from _import(page, node.lineno, name.name)
            case ast.ImportFrom(module=str(module), names=names):
                yield from _import(page, node.lineno, module)
                for name in names:
                    yield from _weak(page, node.lineno, name.name)
            case ast.Attribute(attr=attr):
                yield from _weak(page, node.lineno, attr)


def _call(page: Page, node: ast.Call) -> Iterator[Finding]:
    called = ast.unparse(node.func)
    if called in RUNNERS:
        yield page.finding(node.lineno, f"{called} runs what it is given: nothing here is code but the code")
    if called in SHELLS or any(said.arg == "shell" for said in node.keywords):
        yield page.finding(node.lineno, "a shell reads its line again: give a list of arguments")


def _import(page: Page, line: int, module: str) -> Iterator[Finding]:
    top = module.partition(".")[0]
    if top in UNSAFE_IMPORTS:
        yield page.finding(line, f"{top} reads {UNSAFE_IMPORTS[top]}")
    if top == "random" and page.path.startswith(SECRETS):
        yield page.finding(line, "random can be guessed: use secrets")


def _weak(page: Page, line: int, name: str) -> Iterator[Finding]:
    if name in WEAK:
        yield page.finding(line, f"{name} is weak: SHA-256 or AES-GCM-SIV")


def _markup(page: Page) -> Iterator[Finding]:
    for number, line in enumerate(page.lines, 1):
        yield from (
            page.finding(number, f"{said} makes markup of what somebody typed") for said in MARKUP if said in line
        )
        yield from (
            page.finding(number, f"{said} keeps or takes what no page should") for said in KEEPING if said in line
        )
        yield from (page.finding(number, f"{said.strip()} is script in a page") for said in INLINE if said in line)
        if page.path.endswith(".js") and POLLUTING.search(line):
            yield page.finding(number, "a name from elsewhere may be __proto__: use a Map")
