"""The custody timeline as the recipient reads it: few words, roles and first names, no staff matters."""

from dataclasses import dataclass

from safehand.custody.timeline import Entry, EntryKind, Signed
from safehand.events.vocabulary import AT_REST, Evidence, ExceptionKind, State, Way
from safehand.kernel.catalogue import Catalogue
from safehand.surfaces.views import NameKind, RecipientView
from safehand.surfaces.words.calendar import Calendar, sentence
from safehand.surfaces.words.people import People
from safehand.surfaces.words.rows import Row, now_holding

TOLD = frozenset(
    {
        ExceptionKind.FORK,
        ExceptionKind.NOT_CUSTODIAN,
        ExceptionKind.SEAL_MISMATCH,
        ExceptionKind.SEAL_REUSED,
        ExceptionKind.SEAL_UNISSUED,
        ExceptionKind.SEAL_MISSING,
        ExceptionKind.EVIDENCE_MISSING,
        ExceptionKind.PIN_MISMATCH,
        ExceptionKind.AFTER_END,
        ExceptionKind.REPORTED,
        ExceptionKind.TAMPERED,
        ExceptionKind.SHORT,
        ExceptionKind.STALLED,
    }
)
"""Exceptions that concern the recipient; the others are about our devices and the order of their words."""
PACKING = frozenset(
    {
        EntryKind.WEIGHED,
        EntryKind.PACKED,
        EntryKind.UNPACKED,
        EntryKind.CLOSED,
        EntryKind.OPENED,
        EntryKind.EMPTIED,
    }
)
HIDDEN = frozenset({EntryKind.OFFER, EntryKind.ASSIGNMENT}) | PACKING


@dataclass(frozen=True, slots=True)
class RecipientLine:
    """Writes the rows of one parcel for whoever holds its link."""

    words: Catalogue
    calendar: Calendar
    people: People

    def rows(self, view: RecipientView) -> list[Row]:
        """The lines that matter to the recipient, then what comes next."""
        shown = [entry for entry in view.entries if self._shown(entry, view.entries)]
        holding = now_holding(shown)
        rows = [self._row(entry, view if index == holding else None) for index, entry in enumerate(shown)]
        ahead = self._ahead(view)
        return [*rows, ahead] if ahead else rows

    def _shown(self, entry: Entry, entries: tuple[Entry, ...]) -> bool:
        if entry.kind in HIDDEN:
            return False
        if entry.kind is EntryKind.EXCEPTION:
            return entry.exception_kind in TOLD
        if entry.kind in {EntryKind.RESOLUTION, EntryKind.OVERRIDE}:
            opened = {line.exception for line in entries if line.exception_kind in TOLD}
            return entry.exception in opened and entry.kind is EntryKind.RESOLUTION
        return True

    def _row(self, entry: Entry, holding: RecipientView | None) -> Row:
        zone = self.people.zone(entry.place)
        title, note = self._told(entry)
        moment = sentence(self.calendar.moment(entry.at_ms, zone))
        joins = entry.kind in {EntryKind.HANDOVER, EntryKind.CORRECTION, EntryKind.TAKEOVER}
        return Row(
            title=title,
            iso=self.calendar.local(entry.at_ms, zone).isoformat(timespec="seconds"),
            at=moment,
            notes=(note,) if note else (),
            joint=entry.signed if joins else None,
            status="exception" if entry.kind is EntryKind.EXCEPTION else None,
            seal=entry.verified,
            position=entry.position,
            now=self.now(holding) if holding else "",
        )

    def _told(self, entry: Entry) -> tuple[str, str]:
        say = self.words.say
        match entry.kind:
            case EntryKind.HANDOVER | EntryKind.OFFER:
                return self.hands(entry.giver, entry.taker), self._proof(entry)
            case EntryKind.CORRECTION:
                return self.hands(entry.giver, entry.taker), say("story.corrected")
            case EntryKind.TAKEOVER:
                return self.hands(entry.giver, entry.taker), say("story.taken_over")
            case EntryKind.CREATED:
                return say("story.created", name=sentence(self.people.say(entry.taker or entry.giver or entry.by))), ""
            case EntryKind.SEAL:
                return say("story.seal", seal=entry.seal or ""), ""
            case EntryKind.EXCEPTION:
                return say("story.exception"), say(f"exception_kind.{entry.exception_kind}.told")
            case EntryKind.RESOLUTION | EntryKind.ASSIGNMENT | EntryKind.OVERRIDE:
                return say("story.resolved"), ""
            case EntryKind.CANCELLED:
                return say(f"state.{State.CANCELLED}.told"), self._reason(entry)
            case _:
                return say(f"state.{entry.state or State.FOUND}.told"), self._reason(entry)

    def hands(self, giver: str | None, taker: str | None) -> str:
        """From whom to whom."""
        return self.words.say("story.hands", giver=sentence(self.people.say(giver)), taker=self.people.say(taker))

    def _reason(self, entry: Entry) -> str:
        reason = sentence(self.words.say(f"reason.{entry.reason}.word")) + "." if entry.reason else ""
        place = self.people.place(entry.place)
        return " ".join(part for part in (f"{place}." if place else "", reason) if part)

    def _proof(self, entry: Entry) -> str:
        """Who signed, and what you left: evidence is named so."""
        if entry.signed is Signed.BOTH:
            return self.words.say("story.both_signed")
        if Evidence.PIN in entry.evidence or entry.way is Way.PIN:
            return self.words.say("story.left_pin")
        if entry.way in {Way.DRAWING, Way.PHOTO, Way.SAFE_PLACE, Way.COUNTER}:
            return self.words.say(f"story.left_{entry.way}")
        return self.words.say("story.one_signed")

    def now(self, view: RecipientView) -> str:
        """Who has it now, by role and first name."""
        if view.head.state in {State.CANCELLED, State.LOST}:
            return ""
        if view.head.custodian == self.people.you:
            return self.words.say("story.now_you")
        holder = self.people.of(view.head.custodian)
        form = "story.now_person" if holder.kind is NameKind.DRIVER else "story.now_place"
        name = holder.text if holder.text else self.people.say(view.head.custodian)
        return self.words.say(form, name=name)

    def _ahead(self, view: RecipientView) -> Row | None:
        state = view.head.state
        if state in AT_REST or state in {State.LOST, State.DAMAGED, State.REFUSED}:
            return None
        day = view.head.promised_on
        parts = [self.words.say("story.with_pin")] if view.pin else []
        if day >= self.calendar.today and state is not State.AWAITING_COLLECTION:
            parts.append(sentence(self.calendar.day(day)) + ".")
        holder = self.people.of(view.head.custodian)
        via_driver = holder.kind is NameKind.DRIVER or state is State.AWAITING_COLLECTION
        giver = sentence(self.people.say(view.head.custodian)) if via_driver else self.words.say("story.a_driver")
        title = self.words.say("story.hands", giver=giver, taker=self.words.say("story.you"))
        return Row(title=title, notes=(" ".join(parts),) if parts else (), joint=Signed.NONE, ahead=True)
