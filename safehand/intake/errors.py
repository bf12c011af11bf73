"""What intake refuses as a whole."""

from safehand.kernel.errors import Conflict, Invalid, Malformed, TooLarge


class BatchTooLarge(TooLarge):
    """The batch is larger than one batch may be: send it in parts."""

    code = "intake.batch_too_large"

    def __init__(self, bytes: int, limit: int) -> None:
        super().__init__(bytes=bytes, limit=limit)


class TooManyItems(TooLarge):
    """The batch holds more statements than one batch may hold: send it in parts."""

    code = "intake.too_many_items"

    def __init__(self, items: int, limit: int) -> None:
        super().__init__(items=items, limit=limit)


class BatchUnreadable(Malformed):
    """The batch is not the JSON that it should be."""

    code = "intake.batch_unreadable"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


class StatementUnreadable(Invalid):
    """The one statement of a request cannot be taken as a statement."""

    code = "intake.statement_unreadable"

    def __init__(self, why: str) -> None:
        super().__init__(why=why)


class DeviceInService(Conflict):
    """The device has not been replaced: it tells for itself."""

    code = "intake.device_in_service"

    def __init__(self, device: str) -> None:
        super().__init__(device=device)
