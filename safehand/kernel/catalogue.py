"""The message catalogue: a message id and its parameters become words in the reader's language.

Words live in `kernel/messages/<language>/<domain>.toml`, one table a message. `tests/kernel/test_catalogue.py`
holds every language to the same ids and parameters.
"""

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "fi")
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be said, without a language: an id of the catalogue and the parameters it names."""

    id: str
    params: Mapping[str, str | int | None]

    @classmethod
    def of(cls, id: str, **params: str | int | None) -> "Message":
        """The message `id` with these parameters."""
        return cls(id, params)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All words of one language, by message id (`domain.name` or `domain.name.part`)."""

    language: str
    words: Mapping[str, str]

    def say(self, id: str, /, **params: object) -> str:
        """The words of message `id`; the id itself where the catalogue has none, so that a page still renders."""
        template = self.words.get(id)
        return id if template is None else string.Formatter().vformat(template, (), params)

    def tell(self, message: Message) -> str:
        """The words of `message`."""
        return self.say(message.id, **message.params)


@cache
def load_catalogue(language: str) -> Catalogue:
    """Every file of one language, read once: a refusal must not cost more than what it refuses.

    Errors
        KeyError  the language is not one of LANGUAGES.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    words: dict[str, str] = {}
    folder = files("safehand.kernel") / "messages" / language
    for page in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if page.name.endswith(".toml"):
            words.update(_flat("", tomllib.loads(page.read_text("utf-8"))))
    return Catalogue(language, words)


def _flat(prefix: str, table: Mapping[str, object]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat.update(_flat(f"{prefix}{key}.", value))
        else:
            flat[prefix + key] = str(value)
    return flat


def choose_language(accept: str, chosen: str | None = None) -> str:
    """The language to answer in: the reader's choice, else the best of an Accept-Language header.

    Source
        RFC 9110, section 12.5.4; weights are honoured, unknown languages passed over.
    """
    if chosen in LANGUAGES:
        return chosen
    ranked: list[tuple[float, str]] = []
    for part in accept[:200].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            ranked.append((-float(weight or 1), tag[:2].lower()))
        except ValueError:
            continue
    for _, language in sorted(ranked, key=lambda pair: pair[0]):
        if language in LANGUAGES:
            return language
    return DEFAULT_LANGUAGE
