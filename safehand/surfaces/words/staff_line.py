"""The custody timeline as staff read it."""

from dataclasses import dataclass, field

from safehand.custody.timeline import Entry, EntryKind, Signed
from safehand.events.vocabulary import AT_REST, ExceptionState, State
from safehand.kernel.catalogue import Catalogue
from safehand.kernel.ids import PartyId
from safehand.surfaces.views import ExceptionCase, ParcelView
from safehand.surfaces.words.calendar import Calendar, sentence
from safehand.surfaces.words.people import People
from safehand.surfaces.words.rows import (
    LATE_MS,
    Disagreements,
    Row,
    changes_hands,
    count,
    hands,
    now_holding,
    proof,
)

INTO_OR_OUT = frozenset({EntryKind.PACKED, EntryKind.UNPACKED})


@dataclass(slots=True)
class StaffLine:
    """Writes the rows of one parcel. `on_record` is the seal that the lines so far leave.

    `completed` names the handovers that took effect; `settled` says that the parcel went, or was, elsewhere than
    the line at hand tells.
    """

    words: Catalogue
    calendar: Calendar
    people: People
    cases: dict[str, ExceptionCase] = field(default_factory=dict)
    on_record: str | None = None
    completed: frozenset[str] = frozenset()
    settled: bool = False
    entries: tuple[Entry, ...] = ()

    def rows(self, view: ParcelView) -> list[Row]:
        """All lines, then what comes next."""
        self.cases = {case.exception: case for case in view.cases}
        self.entries = view.entries
        self.completed = frozenset(line.handover for line in view.entries if changes_hands(line) and line.handover)
        self.on_record = None
        before_ms: int | None = None
        rows: list[Row] = []
        holder: PartyId | None = view.head.merchant
        holding = now_holding(view.entries)
        for index, entry in enumerate(view.entries):
            self.settled = index < holding or entry.giver != holder
            holder = entry.taker if changes_hands(entry) else holder
            rows.append(self.row(entry, before_ms, view if index == holding else None))
            self.on_record = entry.seal or self.on_record
            before_ms = entry.at_ms
        ahead = self.ahead(view)
        return [*rows, ahead] if ahead else rows

    def row(self, entry: Entry, before_ms: int | None = None, holding: ParcelView | None = None) -> Row:
        """One line in words."""
        zone = self.people.zone(entry.place)
        title, notes = self.told(entry)
        late = entry.received_ms - entry.at_ms >= LATE_MS
        if late:
            notes += (self.words.say("line.late", moment=self.calendar.moment(entry.received_ms, zone)),)
        joins = changes_hands(entry) or (entry.kind is EntryKind.OFFER and not self._completed(entry))
        now = ""
        if holding and holding.head.state not in AT_REST:
            now = sentence(self.words.say("line.now", name=self.people.say(holding.head.custodian)))
        return Row(
            title=title,
            at=self.calendar.stamp(entry.at_ms, before_ms, zone),
            iso=self.calendar.local(entry.at_ms, zone).isoformat(timespec="seconds"),
            notes=tuple(note for note in notes if note),
            joint=entry.signed if joins else None,
            status="exception" if entry.kind is EntryKind.EXCEPTION else None,
            proof=proof(self.words, entry),
            seal=entry.verified,
            position=entry.position,
            now=now,
        )

    def told(self, entry: Entry) -> tuple[str, tuple[str, ...]]:
        """Title and notes of one line."""
        match entry.kind:
            case EntryKind.HANDOVER | EntryKind.OFFER | EntryKind.CORRECTION | EntryKind.TAKEOVER:
                return self._changed(entry)
            case EntryKind.EXCEPTION | EntryKind.ASSIGNMENT | EntryKind.RESOLUTION | EntryKind.OVERRIDE:
                return self._decided(entry)
            case EntryKind.CREATED:
                name = sentence(self.people.say(entry.taker or entry.giver or entry.by))
                return self.words.say("line.created", name=name), (self.words.say("line.created_note"),)
            case EntryKind.SEAL:
                note = self._where(entry, self._by(entry))
                return self.words.say("line.seal_put", seal=entry.seal or ""), (note,)
            case EntryKind.CANCELLED:
                return self._stands(entry, State.CANCELLED), (self._by(entry),)
            case EntryKind.READING:
                note = self._where(entry, self._by(entry), self._seal(entry))
                return self._stands(entry, entry.state or State.FOUND), (note,)
            case _:
                return self._packing(entry)

    def _packing(self, entry: Entry) -> tuple[str, tuple[str, ...]]:
        """What is told of a scale, or of a cage or bag."""
        about = self.people.say(entry.told or entry.recorded) if entry.kind in INTO_OR_OUT else entry.told or ""
        title = self.words.say(f"line.{entry.kind}", about=about)
        return title, (self._where(entry, self._by(entry), self._seal(entry)),)

    def _changed(self, entry: Entry) -> tuple[str, tuple[str, ...]]:
        giver, taker = self.people.say(entry.giver), self.people.say(entry.taker)
        title = hands(self.words, giver, taker)
        if entry.kind is EntryKind.CORRECTION:
            note = self.words.say("line.corrected", name=sentence(self.people.say(entry.by)))
            return title, (note,)
        if entry.kind is EntryKind.TAKEOVER:
            return title, (self.words.say("line.taken_over"),)
        if entry.kind is EntryKind.OFFER:
            return self._offered(entry, giver, taker)
        stands = self._stands(entry, entry.state) if entry.state else ""
        way = sentence(self.words.say(f"way.{entry.way}.word")) if entry.way and entry.signed is not Signed.BOTH else ""
        return title, (_joined(stands, self.people.place(entry.place), self._seal(entry)), _joined(way))

    def _completed(self, entry: Entry) -> bool:
        return entry.handover is not None and entry.handover in self.completed

    def _offered(self, entry: Entry, giver: str, taker: str) -> tuple[str, tuple[str, ...]]:
        """Half signed: completed since, overtaken by another handover, or still waiting for the other side."""
        first, second = (giver, taker) if entry.signed is Signed.GIVER else (taker, giver)
        if self._completed(entry):
            form = "line.signed_giver" if entry.signed is Signed.GIVER else "line.signed_taker"
            title = self.words.say(form, giver=giver, taker=taker)
            return sentence(title), (self._where(entry, self._seal(entry)),)
        half = self.words.say("line.half_signed", first=first, second=second)
        rest = self.words.say("line.no_effect") if self.settled else self.words.say("line.stays", giver=giver)
        return hands(self.words, giver, taker), (self._where(entry, half, rest, self._seal(entry)),)

    def _decided(self, entry: Entry) -> tuple[str, tuple[str, ...]]:
        kind = entry.exception_kind or self._case_kind(entry)
        if entry.kind is EntryKind.EXCEPTION and entry.exception_kind is not None:
            detail = self._disagreements().say(entry, entry.exception_kind)
            title = self.words.say(f"exception_kind.{entry.exception_kind}.word")
            return title, (self._where(entry, detail), self._stand(entry))
        about = self.words.say(f"exception_kind.{kind}.word") if kind else ""
        by = sentence(self.people.say(entry.by))
        if entry.kind is EntryKind.ASSIGNMENT:
            owner = sentence(self.people.say(entry.told or entry.by))
            return self.words.say("line.assigned", name=owner), (_joined(about),)
        if entry.kind is EntryKind.OVERRIDE:
            recorded = self._disagreements().fact(entry.recorded)
            note = self.words.say("line.override_note", name=by, recorded=recorded)
            return self.words.say("line.override", seal=entry.seal or ""), (note,)
        how = self.words.say(f"resolution.{entry.resolution}.word") if entry.resolution else ""
        means = self.words.say(f"resolution.{entry.resolution}.means") if entry.resolution else ""
        return self.words.say("line.resolved", how=how), (_joined(about, means), self.words.say("line.by", name=by))

    def _disagreements(self) -> Disagreements:
        return Disagreements.along(self.words, self.people, self.entries)

    def _case_kind(self, entry: Entry) -> str | None:
        case = self.cases.get(entry.exception or "")
        return case.kind if case else None

    def _stand(self, entry: Entry) -> str:
        """Who looks after an exception, while somebody has to."""
        case = self.cases.get(entry.exception or "")
        if case is None or case.state is ExceptionState.RESOLVED:
            return ""
        if case.owner is None:
            return self.words.say("line.no_owner")
        return self.words.say("line.owner", name=self.people.say(case.owner))

    def _stands(self, entry: Entry, state: State) -> str:
        word = self.words.say(f"state.{state}.word")
        return f"{word}: {self.words.say(f'reason.{entry.reason}.word')}" if entry.reason else word

    def _by(self, entry: Entry) -> str:
        known = self.people.of(entry.by).text
        return self.words.say("line.by", name=self.people.say(entry.by)) if known else ""

    def _where(self, entry: Entry, *notes: str) -> str:
        return _joined(self.people.place(entry.place), *notes)

    def _seal(self, entry: Entry) -> str:
        if entry.seal is None:
            return ""
        if self.on_record is None:
            return self.words.say("line.seal_read", seal=entry.seal or "")
        same = entry.seal == self.on_record
        return self.words.say("line.seal_same" if same else "line.seal_other", seal=entry.seal, recorded=self.on_record)

    def ahead(self, view: ParcelView) -> Row | None:
        """What comes next: a decision, the other signature, or the next pair of hands."""
        waiting = [case for case in view.cases if case.state is not ExceptionState.RESOLVED]
        holder = self.people.say(view.head.custodian)
        if waiting:
            note = count(self.words, "line.waiting", len(waiting))
            return Row(title=self.words.say("line.ahead_decision"), notes=(note,), joint=Signed.NONE, ahead=True)
        if view.head.state in AT_REST or not view.head.recipient:  # ended, or a cage, which goes where it is sent
            return None
        last = view.entries[-1] if view.entries else None
        if last is not None and last.kind is EntryKind.OFFER:
            missing = last.taker if last.signed is Signed.GIVER else last.giver
            title = self.words.say("line.ahead_signs", name=sentence(self.people.say(missing)))
            return Row(title=title, joint=Signed.NONE, ahead=True)
        to = self.words.say(f"line.ahead_to_{_next_hands(view.head.state)}")
        note = self.words.say("line.promised", day=self.calendar.day(view.head.promised_on))
        return Row(title=hands(self.words, holder, to), notes=(note,), joint=Signed.NONE, ahead=True)


def _next_hands(state: State) -> str:
    match state:
        case State.CREATED:
            return "depot"
        case State.RECEIVED | State.SORTED | State.HELD | State.FOUND:
            return "driver"
        case State.REFUSED:
            return "merchant"
        case State.LOST | State.DAMAGED:
            return "decision"
    return "recipient"


def _joined(*parts: str) -> str:
    """Short notes one after the other, each with its full stop."""
    return " ".join(part if part.endswith((".", "?")) else f"{part}." for part in parts if part)
