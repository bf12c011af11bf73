"""Step-up: the sensitive acts, and how fresh the proof of who sits there must be."""

from collections.abc import Mapping
from types import MappingProxyType

from safehand.identity.actions import Action

MINUTE_MS = 60_000
STEP_UP: Mapping[Action, int] = MappingProxyType(
    dict.fromkeys(
        (
            Action.ACCOUNT_CHANGE,
            Action.USER_CREATE,
            Action.USER_DISABLE,
            Action.USER_RESET,
            Action.USER_LINK,
            Action.KEY_CREATE,
            Action.DRIVER_CHANGE,
            Action.EXCEPTION_CORRECT,
            Action.PERSON_EXPORT,
            Action.PERSON_ERASE,
            Action.PLACE_READ_PRIVATE,
        ),
        15 * MINUTE_MS,
    )
    | {Action.TRAINING_TAKE: 75 * MINUTE_MS}  # a quiz lasts an hour, and whoever began it should end it
)
"""Sensitive acts, and how recently somebody signed in must have proved who sits there. The guard sees to it."""
