"""A draft that breaks a limit: what keeps it from that is taken out, one by one, until nothing is broken. Pure."""

from collections.abc import Sequence

from safehand.planning.drafts import Draft, Item, Meet, Serve
from safehand.planning.running import Loading


def mended(draft: Draft) -> tuple[Draft, list[str]]:
    """The draft within its limits, and the orders that were taken out of it.

    What is late goes, and what follows a limit that only the whole tour breaks: the last stop first. A tour with
    nothing ahead may still end too late; then nobody can help it.
    """
    dropped: list[str] = []
    draft = draft.with_items(draft.items)
    while draft.items and (breach := draft.breach()) is not None:
        gone = _gone(draft.items, breach.at)
        dropped += [item.order.id for item in draft.items if isinstance(item, Serve) and item in gone]
        draft = draft.with_items([item for item in draft.items if item not in gone])
    return draft, dropped


def _gone(items: Sequence[Item], at: int) -> list[Item]:
    """What goes for a breach there: the stop itself, or the last one before it; without any, all that is ahead."""
    for item in reversed(items[: at + 1]):
        if isinstance(item, Serve):
            return [item]
    return [item for item in items if isinstance(item, (Serve, Meet)) or item is Loading.HERE]
