"""What the queue of addresses refuses."""

from safehand.kernel.errors import Conflict, NotFound
from safehand.places.addresses.doubts import MOVED_M_MAX


class NoSuchAddressCase(NotFound):
    """There is no such case."""

    code = "addresses.no_such_case"

    def __init__(self, case: str) -> None:
        super().__init__(case=case)


class AddressCaseClosed(Conflict):
    """Somebody has closed the case already."""

    code = "addresses.case_closed"

    def __init__(self, case: str, state: str) -> None:
        super().__init__(case=case, state=state)


class CorrectionIsRedirect(Conflict):
    """The corrected address lies somewhere else: that is a redirect."""

    code = "addresses.correction_is_redirect"

    def __init__(self, case: str) -> None:
        super().__init__(case=case, metres=MOVED_M_MAX)


class AddressErased(NotFound):
    """The address was erased with its person."""

    code = "addresses.erased"

    def __init__(self, case: str) -> None:
        super().__init__(case=case)
