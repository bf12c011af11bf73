"""What a check of a log, a key or a receipt may end with, other than yes."""


class Unusable(Exception):
    """What was given cannot be read as a log, a key or a receipt at all: nothing can be said about it."""


class Refused(Exception):
    """Something is not what it says: `subject` is `entry N`, `tile PATH`, `checkpoint`, `keys`, ..."""

    def __init__(self, subject: str, reason: str) -> None:
        super().__init__(f"bad {subject}: {reason}")
        self.subject = subject
        self.reason = reason
