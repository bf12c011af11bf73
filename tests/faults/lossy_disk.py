"""What a disk may hold after the power failed, for every moment of a program whose system calls were recorded.

A kill only stops a program; the kernel still writes what it had been given. A loss of power does not. So the calls
of `strace -y` are replayed on a model in which nothing lasts but what was asked to last: a file's content by fsync of
the file, a name by fsync of its folder. At each moment the disk may hold any of several trees; these are tried:

    only what lasts; every name, but only synced contents; everything; and what lasts plus one folder's newest names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_CALL = re.compile(r"^(?:\d+ +)?(?P<call>\w+)\((?P<told>.*)\) += (?P<result>-?\d+)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_HANDLE = re.compile(r"^-?\w+<([^>]*)>")

type Tree = dict[str, bytes]
"""The files of a folder, by path."""


@dataclass(frozen=True)
class Call:
    """One call that changed something, with the paths that it is about."""

    name: str
    path: str
    other: str = ""


def calls_of(trace: str, root: Path) -> Iterator[Call]:
    """The calls of a trace that changed something under `root`, in order; failed ones changed nothing."""
    for line in trace.splitlines():
        found = _CALL.match(line)
        if found is None or int(found["result"]) < 0:
            continue
        name, told = found["call"], found["told"]
        handle, quoted = _HANDLE.match(told), _QUOTED.findall(told)
        if name in {"write", "fsync"} and handle:
            call = Call(name, handle[1])
        elif name == "openat" and "O_CREAT" in told:
            call = Call("truncate" if "O_TRUNC" in told else "create", quoted[0])
        elif name in {"rename", "mkdir", "rmdir"}:
            call = Call(name, *quoted[:2])
        elif name == "unlinkat" and handle:
            call = Call("unlink", f"{handle[1]}/{quoted[0]}")
        else:
            continue
        if call.path.startswith(str(root)):
            yield Call(call.name, _inside(call.path, root), _inside(call.other, root))


@dataclass(eq=False)
class File:
    """A file without a name. `whole` is what it holds once it is written; what lasts of it, `durable`, may be less."""

    whole: bytes
    durable: bytes = b""
    written: bytes = b""


@dataclass
class LossyDisk:
    """The model. `names` is what the program sees, `lasting` what a loss of power leaves; None stands for a folder."""

    contents: Tree
    names: dict[str, File | None] = field(default_factory=dict)
    lasting: dict[str, File | None] = field(default_factory=dict)

    @classmethod
    def holding(cls, before: Tree, after: Tree) -> "LossyDisk":
        """A disk with the files of `before` on it. What is written will be what `after` holds in the end."""
        disk = cls(after)
        for path, content in before.items():
            disk.names[path] = File(content, content, content)
            for parent in list(Path(path).parents)[:-1]:
                disk.names[str(parent)] = None
        disk.lasting = dict(disk.names)
        return disk

    def do(self, call: Call) -> None:
        """Let one call happen."""
        match call.name:
            case "mkdir":
                self.names[call.path] = None
            case "create" if call.path not in self.names:
                self.names[call.path] = File(b"")
            case "truncate":
                self._truncate(call.path)
            case "write":
                if file := self.names.get(call.path):
                    file.written = file.whole
            case "rename":
                self.names[call.other] = self.names.pop(call.path)
            case "unlink" | "rmdir":
                self.names.pop(call.path)
            case "fsync":
                self._sync(call.path)

    def _truncate(self, path: str) -> None:
        final = path.replace("/.", "/").removeprefix(".").removesuffix(".tmp")
        file = self.names.get(path) or File(b"")
        file.whole, file.written, file.durable = self.contents.get(final, b""), b"", b""
        self.names[path] = file

    def _sync(self, path: str) -> None:
        if file := self.names.get(path):
            file.durable = file.written
            return
        for names in (self.names, self.lasting):
            for child in [name for name in names if str(Path(name).parent) == path]:
                if child in self.names:
                    self.lasting[child] = self.names[child]
                else:
                    self.lasting.pop(child)

    def outcomes(self) -> Iterator[Tree]:
        """What the disk may hold if the power fails now."""
        yield self._tree(self.lasting, written=False)
        yield self._tree(self.names, written=False)
        yield self._tree(self.names, written=True)
        changed = {str(Path(path).parent) for path, _ in self.names.items() ^ self.lasting.items()}
        for folder in changed:
            newest = {path: file for path, file in self.names.items() if str(Path(path).parent) == folder}
            kept = {path: file for path, file in self.lasting.items() if str(Path(path).parent) != folder}
            yield self._tree(kept | newest, written=False)

    def _tree(self, names: dict[str, File | None], *, written: bool) -> Tree:
        """The files whose folders are all there."""
        return {
            path: file.written if written else file.durable
            for path, file in names.items()
            if file is not None and all(str(parent) in names for parent in list(Path(path).parents)[:-1])
        }


def _inside(path: str, root: Path) -> str:
    return path.removeprefix(str(root)).removeprefix("/") or "."
