"""Carrying: whether whoever took a parcel may carry it. Custody follows hands: it is told, never refused. Pure."""

from safehand.custody.model import Story, open_exception
from safehand.events.custody import CustodyTransferred
from safehand.events.statement import HandedOver
from safehand.events.vocabulary import ExceptionKind


def note_unauthorised(story: Story) -> None:
    """A driver has it who may not carry it: somebody is told while it is still in known hands."""
    said, barred = story.told.said, story.told.barred.get(story.head.parcel)
    if barred is None or not isinstance(said, HandedOver):
        return
    if any(isinstance(fact, CustodyTransferred) and fact.taker == said.taker for fact in story.facts):
        open_exception(story, ExceptionKind.UNAUTHORISED, barred.asks, barred.may)
