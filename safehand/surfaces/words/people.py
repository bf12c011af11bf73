"""Who holds a parcel, in words: to staff with the name, to recipients by role and first name."""

from dataclasses import dataclass

from safehand.kernel.catalogue import Catalogue
from safehand.surfaces.views import Name, NameKind, Names

NOBODY = Name("", NameKind.UNKNOWN)
PERSONS = frozenset({NameKind.DRIVER, NameKind.STAFF, NameKind.RECIPIENT})


@dataclass(frozen=True, slots=True)
class People:
    """Names parties for one reader. With `you` set, the reader is that recipient: others go by first names."""

    words: Catalogue
    names: Names
    you: str | None = None

    def of(self, party: str | None) -> Name:
        """The name on record, shortened to a first name for a recipient."""
        name = self.names.parties.get(party or "", NOBODY)
        if self.you is None or name.kind not in PERSONS:
            return name
        return Name(name.text.split()[0] if name.text.split() else "", name.kind)

    def say(self, party: str | None) -> str:
        """Role and name, in the middle of a sentence; `you` for the reader."""
        if party is not None and party == self.you:
            return self.words.say("story.you")
        name = self.of(party)
        if name.kind is NameKind.RECIPIENT and (self.you is not None or not name.text):
            return self.words.say("story.recipient")
        if name.kind is NameKind.STAFF and self.you is not None:
            return self.words.say("story.us")
        kind = name.kind if name.text else NameKind.UNKNOWN
        return self.words.say(f"party.{kind}.named", name=name.text)

    def place(self, place: str | None) -> str:
        """A place's name; nothing where none is known."""
        found = self.names.places.get(place or "")
        return found.text if found else ""

    def zone(self, place: str | None) -> str | None:
        """The zone of a place; None where none is known."""
        found = self.names.places.get(place or "")
        return found.zone if found else None
