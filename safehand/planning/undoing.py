"""A change undone: the plan before it, as long as nothing driven since contradicts that. Pure."""

from safehand.planning.changes import Answer
from safehand.planning.dayplan import Meeting, Stop
from safehand.planning.errors import UndoContradicted, UndoSuperseded
from safehand.planning.running import Entry, Loading, Running, driven, entries


def undone(now: Running, answer: Answer) -> Running:
    """The day with the plan, the orders, the roads and the sites from before a change, and as far as it is now.

    Errors
        UndoSuperseded    another change came since.
        UndoContradicted  a tour left with other goods, or drove a stop or a meeting, than the plan before has.
    """
    if now.plan != answer.after.plan or now.travel is not answer.after.travel or now.full != answer.after.full:
        raise UndoSuperseded
    before = answer.before
    for shift, progress in now.progress.items():
        then = answer.after.progress[shift]
        if progress == then:
            continue  # and so it is as it was before, unless another gave it goods
        _agrees(now, answer, shift)
        before = driven(before, shift, progress.stops_done, progress.place, progress.now_s)
    return before


def _agrees(now: Running, answer: Answer, shift: str) -> None:
    """What this tour has driven since is the same, one by one, in both plans."""
    new, old = now.tour(shift), answer.before.tour(shift)
    then, progress = answer.after.progress[shift], now.progress[shift]
    if new is None:
        return
    since = list(entries(new, then))
    gone = since[: len(since) - len(list(entries(new, progress)))]
    planned = [] if old is None else list(entries(old, answer.before.progress[shift]))
    for at, entry in enumerate(gone):
        if at >= len(planned) or _what(entry) != _what(planned[at]):
            raise UndoContradicted(shift, _named(entry))
    loaded = sum(entry is Loading.HERE for entry in gone)
    if not then.left or loaded:  # it has the goods of the plan now aboard: the plan before must have loaded the same
        collected = {order.id for order in now.day.orders if order.collected}
        if different := sorted((_goods(since, 1 + loaded) ^ _goods(planned, 1 + loaded)) - collected):
            raise UndoContradicted(shift, different[0])


def _goods(ahead: list[Entry], trips: int) -> set[str]:
    """Orders of the first so many trips."""
    found = set()
    for entry in ahead:
        if entry is Loading.HERE:
            trips -= 1
        elif isinstance(entry, Stop) and trips > 0:
            found.add(entry.order)
    return found


def _what(entry: Entry) -> object:
    match entry:
        case Stop():
            return entry.order, entry.way, entry.window
        case Meeting():
            return entry.giver, entry.orders, entry.place
        case Loading():
            return entry


def _named(entry: Entry) -> str:
    match entry:
        case Stop():
            return entry.order
        case Meeting():
            return entry.orders[0]
        case Loading():
            return ""
