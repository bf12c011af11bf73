"""Policies: which logs and witnesses somebody relies on, and how many of them it takes.

Source
    C2SP tlog-policy.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from safehand.ledger.note import VerifierKey
from safehand.ledger.witness.cosignature import CosignerKey

POLICY_BYTES_MAX = 256 * 1024
LINES_OF_A_KIND_MAX = 256
NOBODY = "none"

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_COUNT = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)


class BadPolicy(ValueError):
    """The text is not a policy."""


@dataclass(frozen=True, slots=True)
class KnownLog:
    """A log that the policy accepts."""

    key: VerifierKey
    url: str | None


@dataclass(frozen=True, slots=True)
class KnownWitness:
    """A witness, the policy's own name for it, and where it takes checkpoints."""

    name: str
    key: CosignerKey
    url: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """At least `needed` of `members`, each a witness or another group."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Logs, witnesses, groups of them, and the quorum: the name of a witness or a group, or `none`."""

    logs: tuple[KnownLog, ...]
    witnesses: tuple[KnownWitness, ...]
    groups: Mapping[str, Group]
    quorum: str

    @property
    def keys(self) -> list[CosignerKey]:
        """The witnesses' keys."""
        return [witness.key for witness in self.witnesses]

    def satisfied_by(self, cosigners: Collection[CosignerKey]) -> bool:
        """Whether these witnesses together are the quorum, or more."""
        seen = {witness.name: witness.key in cosigners for witness in self.witnesses}
        for name, group in self.groups.items():  # in the order of the lines: members come before their group
            seen[name] = sum(seen[member] for member in group.members) >= group.needed
        return self.quorum == NOBODY or seen[self.quorum]


def parse_policy(raw: bytes) -> Policy:
    """Read a policy file.

    Errors
        BadPolicy  names the line and what is wrong with it.
    """
    if len(raw) > POLICY_BYTES_MAX:
        raise BadPolicy(f"longer than {POLICY_BYTES_MAX} bytes")
    reading = _Reading()
    for number, line in enumerate(raw.decode("utf-8", "surrogateescape").split("\n"), 1):
        try:
            reading.take(line)
        except ValueError as error:
            raise BadPolicy(f"line {number}: {error}") from None
    return reading.policy()


class _Reading:
    """What the lines so far have said."""

    def __init__(self) -> None:
        self.logs: list[KnownLog] = []
        self.witnesses: dict[str, KnownWitness] = {}
        self.groups: dict[str, Group] = {}
        self.grouped: set[str] = set()
        self.quorum: str | None = None
        self.verbs: dict[str, Callable[[Sequence[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }

    def take(self, line: str) -> None:
        if _FORBIDDEN.search(line):
            raise BadPolicy("a control character")
        words = re.split(r"[ \t]+", line.strip(" \t"))
        if words == [""] or words[0].startswith("#"):
            return
        if words[0] not in self.verbs:
            raise BadPolicy(f"{words[0][:40]!a} is none of log, witness, group, quorum")
        self.verbs[words[0]](words[1:])

    def policy(self) -> Policy:
        if self.quorum is None:
            raise BadPolicy("there is no quorum line")
        return Policy(tuple(self.logs), tuple(self.witnesses.values()), self.groups, self.quorum)

    def _log(self, words: Sequence[str]) -> None:
        key, url = VerifierKey.parse(_one_or_two(words, 0, "log VKEY [URL]")[0]), words[1] if len(words) > 1 else None
        if any(log.key.public == key.public for log in self.logs) or len(self.logs) >= LINES_OF_A_KIND_MAX:
            raise BadPolicy("the same log twice, or too many")
        self.logs.append(KnownLog(key, url))

    def _witness(self, words: Sequence[str]) -> None:
        _one_or_two(words, 1, "witness NAME VKEY [URL]")
        name, key, url = self._new(words[0]), CosignerKey.parse(words[1]), words[2] if len(words) > 2 else None
        if any(known.key.public == key.public for known in self.witnesses.values()):
            raise BadPolicy("the same witness twice")
        if len(self.witnesses) >= LINES_OF_A_KIND_MAX:
            raise BadPolicy("too many witnesses")
        self.witnesses[name] = KnownWitness(name, key, url)

    def _group(self, words: Sequence[str]) -> None:
        if len(words) < 3 or len(self.groups) >= LINES_OF_A_KIND_MAX:
            raise BadPolicy("wanted: group NAME all|any|COUNT MEMBER..., and not too many")
        name, count, members = self._new(words[0]), words[1], tuple(words[2:])
        for member in members:
            self._known(member)
            if member in self.grouped:
                raise BadPolicy(f"{member[:40]!a} is in a group already")
            self.grouped.add(member)
        needed = {"all": len(members), "any": 1}.get(count)
        if needed is None:
            needed = int(count) if _COUNT.fullmatch(count) else 0
        if not 1 <= needed <= len(members):
            raise BadPolicy(f"{count[:40]!a} of {len(members)} members")
        self.groups[name] = Group(needed, members)

    def _quorum(self, words: Sequence[str]) -> None:
        if len(words) != 1 or self.quorum is not None:
            raise BadPolicy("wanted, once: quorum NAME")
        if words[0] != NOBODY:
            self._known(words[0])
        self.quorum = words[0]

    def _new(self, name: str) -> str:
        if name == NOBODY or name in self.witnesses or name in self.groups:
            raise BadPolicy(f"the name {name[:40]!a} is taken")
        return name

    def _known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise BadPolicy(f"no witness or group {name[:40]!a} above this line")


def _one_or_two(words: Sequence[str], before: int, wanted: str) -> Sequence[str]:
    if len(words) - before not in {1, 2}:
        raise BadPolicy(f"wanted: {wanted}")
    return words
