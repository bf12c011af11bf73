"""What the privacy desks refuse."""

from safehand.kernel.errors import Conflict, Invalid, NotFound, SafehandError, TooLarge, Unavailable


class JournalUnusable(SafehandError):
    """The journal of erasures cannot be read or written."""

    code = "privacy.journal_unusable"


class JournalBehind(SafehandError):
    """The database knows of erasures that the journal does not hold: it is not this database's journal."""

    code = "privacy.journal_behind"


class NotYetApplied(Unavailable):
    """The journal holds erasures that this database has not seen: it must not serve before they are done again."""

    code = "privacy.not_yet_applied"


class StillOnTheWay(Conflict):
    """A parcel of the person is still on its way: without the address it could not be delivered."""

    code = "privacy.still_on_the_way"


class NotARecipient(Conflict):
    """The person works for the carrier: their account is closed first, by whoever looks after accounts."""

    code = "privacy.not_a_recipient"


class TooManyPersons(TooLarge):
    """More persons in one request than are taken."""

    code = "privacy.too_many_persons"


class NoClue(Invalid):
    """Nothing was given by which a person could be found."""

    code = "privacy.no_clue"


class OutOfBounds(Invalid):
    """So many days are not allowed for this purpose."""

    code = "privacy.out_of_bounds"


class NoSuchRequest(NotFound):
    """There is no such request, or it was decided."""

    code = "privacy.no_such_request"
