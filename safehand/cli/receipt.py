"""`safehand ledger receipt verify`: one receipt, offline. It loads only what it needs: somebody waits for it."""

import argparse
import base64
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from safehand.ledger.note import VKEY_BYTES_MAX
from safehand.ledger.proof import PROOF_BYTES_MAX
from safehand.ledger.receipt import BadReceipt, Verified, verify_receipt
from safehand.ledger.refusals import Unusable
from safehand.ledger.succession import KEYS_BYTES_MAX, Succession, parse_trusted
from safehand.ledger.witness.policy import POLICY_BYTES_MAX, BadPolicy, Policy, parse_policy

YES, NO, UNUSABLE = 0, 1, 2

UNAUTHENTICATED = (
    "warning: the signer is not authenticated: give the log's key, from a source that you trust, with --vkey"
)


def takes(words: Sequence[str]) -> bool:
    """Whether a command line is about to check a receipt, and not to be told how."""
    return tuple(words[:3]) == ("ledger", "receipt", "verify") and "--help" not in words


def run(words: Sequence[str]) -> int:
    """Check as these words say, without the rest of the command line; the exit status."""
    parser = argparse.ArgumentParser(prog="safehand ledger receipt verify", allow_abbrev=False)
    parser.add_argument("receipt", metavar="FILE", type=Path)
    parser.add_argument("--vkey", metavar="FILE", type=Path)
    parser.add_argument("--policy", metavar="FILE", type=Path)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(words)
    return check(asked.receipt, asked.vkey, asked.policy, as_json=asked.json)


def check(receipt: Path, vkey: Path | None, policy: Path | None, *, as_json: bool) -> int:
    """Check a receipt and say what it proves; the exit status."""
    try:
        trusted, relied_on = trusted_in(vkey), policy_in(policy)
        raw = read_file(receipt, PROOF_BYTES_MAX)
    except Unusable as error:
        say_unusable(error, as_json=as_json)
        return UNUSABLE
    try:
        verified = verify_receipt(raw, trusted, relied_on)
    except BadReceipt as error:
        _say(f"bad receipt {receipt}: {error}")
        if as_json:
            _say(json.dumps({"ok": False, "subject": f"receipt {receipt}", "reason": str(error)}))
        return NO
    if not verified.authenticated:
        sys.stderr.write(f"{UNAUTHENTICATED}\n")
    lines = [f"ok {verified.checkpoint.size} {root_text(verified.checkpoint.root)}"]
    for one in verified.cosigned:
        lines.append(f"cosigned {datetime.fromtimestamp(one.at_s, UTC):%Y-%m-%dT%H:%M:%SZ} {one.witness.name}")
    lines += [f"entry {verified.index}", f"fact {verified.fact.decode()}"]
    if as_json:
        lines.append(json.dumps({"ok": True} | receipt_json(verified)))
    _say("\n".join(lines))  # at once: whoever reads only the first line does not break it
    return YES


def trusted_in(vkey: Path | None) -> Succession | None:
    """The keys in a file that somebody trusts; None where none was named."""
    if vkey is None:
        return None
    try:
        return parse_trusted(read_file(vkey, VKEY_BYTES_MAX + KEYS_BYTES_MAX))
    except ValueError as error:
        raise Unusable(f"{vkey} is not a verifier key: {error}") from error


def policy_in(path: Path | None) -> Policy | None:
    """The policy in a file; None where none was named."""
    if path is None:
        return None
    try:
        return parse_policy(read_file(path, POLICY_BYTES_MAX))
    except BadPolicy as error:
        raise Unusable(f"{path} is not a policy: {error}") from error


def read_file(path: Path, bytes_max: int) -> bytes:
    """What a file holds, up to one byte beyond the limit."""
    try:
        with path.open("rb") as file:
            return file.read(bytes_max + 1)
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from error


def say_unusable(error: Exception, *, as_json: bool) -> None:
    """Say that nothing can be said."""
    sys.stderr.write(f"unusable: {error}\n")
    if as_json:
        _say(json.dumps({"ok": None, "reason": str(error)}))


def receipt_json(verified: Verified) -> dict[str, Any]:
    """What a receipt proves, for programs."""
    return {
        "origin": verified.checkpoint.origin,
        "size": verified.checkpoint.size,
        "root": root_text(verified.checkpoint.root),
        "entry": verified.index,
        "fact": json.loads(verified.fact),
        "authenticated": verified.authenticated,
        "cosigned": [{"witness": one.witness.name, "at_s": one.at_s} for one in verified.cosigned],
    }


def root_text(root: bytes) -> str:
    """A root as it is written."""
    return base64.b64encode(root).decode()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
