"""Words: every refusal and every event can be told, in every language, and is on its page of docs/."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping

import safehand
from safehand.kernel.errors import SafehandError
from tools.lints.page import Finding

PARTS = ("title", "detail", "remedy")


def import_everything() -> Iterator[Finding]:
    """Import every module of safehand, so that every class is defined. Importing builds nothing, and none may fail."""
    failed: list[str] = []
    for module in pkgutil.walk_packages(safehand.__path__, "safehand.", onerror=failed.append):
        if "migrations" in module.name.split("."):  # revisions are run by alembic, never imported
            continue
        try:
            importlib.import_module(module.name)
        except Exception as error:  # whatever it is, it is told, and the other modules go on
            path = module.name.replace(".", "/") + ("/__init__.py" if module.ispkg else ".py")
            yield Finding(path, 1, f"cannot be imported: {error}")


def family[Kind](kind: type[Kind]) -> set[type[Kind]]:
    """A class and all that descend from it."""
    return {kind}.union(*(family(child) for child in kind.__subclasses__()))


def every_error() -> list[type[SafehandError]]:
    """Every refusal that has a code of its own, by code. Exhaust `import_everything` first."""
    ours = (kind for kind in family(SafehandError) if kind.__module__.startswith("safehand."))
    found = {kind.code: kind for kind in ours if "code" in vars(kind)}
    return [found[code] for code in sorted(found)]


def check_errors(codes: Iterable[str], catalogues: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    """Each code has a title, a detail and a remedy in each language, and no language words what nothing raises.

    Shapes
        codes       error codes, `domain.name`.
        catalogues  by language: message id to words.
    """
    known = set(codes)
    for language, words in catalogues.items():
        for code in sorted(known):
            page = f"safehand/kernel/messages/{language}/{code.partition('.')[0]}.toml"
            silent = [part for part in PARTS if not words.get(f"{code}.{part}", "").strip()]
            if silent:
                yield Finding(page, 1, f"[{code}] has no {', '.join(silent)}")
        for message in sorted(words):
            stem, _, part = message.rpartition(".")
            by_status = stem.rpartition(".")[2].isdigit()  # for a refusal that only has an HTTP status
            if part == "remedy" and stem not in known and not by_status:
                page = f"safehand/kernel/messages/{language}/{stem.partition('.')[0]}.toml"
                yield Finding(page, 1, f"[{stem}] words an error that nothing raises")
