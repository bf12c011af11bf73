"""What these adapters refuse by themselves."""

from safehand.identity.model import NAME_CHARS_MAX
from safehand.kernel.errors import Invalid


class OwnerCannotDecide(Invalid):
    """Whoever looks after an exception must be able to close it."""

    code = "app.owner_cannot_decide"


class NameUnusable(Invalid):
    """A person's name is empty, too long, or holds control characters."""

    code = "app.name_unusable"

    def __init__(self) -> None:
        super().__init__(at_most=NAME_CHARS_MAX)
