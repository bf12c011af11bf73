"""What the workforce refuses."""

from safehand.kernel.errors import Conflict, Invalid, NotFound, TooMany


class BadRegistration(Invalid):
    """A registration has 2 to 16 letters and digits, with gaps or dashes between them."""

    code = "workforce.bad_registration"


class BadVehicle(Invalid):
    """A vehicle carries something, and no more than a lorry does."""

    code = "workforce.bad_vehicle"


class BadCost(Invalid):
    """A vehicle costs nothing or something, in cents."""

    code = "workforce.bad_cost"


class NoSuchVehicle(NotFound):
    """No vehicle has that id."""

    code = "workforce.no_such_vehicle"


class RegistrationTaken(Conflict):
    """Another vehicle has the registration."""

    code = "workforce.registration_taken"


class NoSuchDriver(NotFound):
    """No driver has that id, or none whom the asker may see."""

    code = "workforce.no_such_driver"


class NotEngaged(Conflict):
    """The driver works for nobody on that day."""

    code = "workforce.not_engaged"


class DayOutOfRange(Invalid):
    """A day lies where none can be meant."""

    code = "workforce.day_out_of_range"


class LicenceEmpty(Invalid):
    """A licence has a number, and is good for something."""

    code = "workforce.licence_empty"


class LicenceElsewhere(Conflict):
    """The number stands in another driver's record."""

    code = "workforce.licence_elsewhere"


class NoSuchLicence(NotFound):
    """The driver has no such licence, or it was withdrawn."""

    code = "workforce.no_such_licence"


class NoSuchCertificate(NotFound):
    """The driver has no such certificate, or it was taken back."""

    code = "workforce.no_such_certificate"


class NoSuchCourse(NotFound):
    """No course has that name."""

    code = "workforce.no_such_course"


class NoSuchAttempt(NotFound):
    """The quiz was never begun by this person, or is long gone."""

    code = "workforce.no_such_attempt"


class AttemptOver(Conflict):
    """The quiz was handed in already, or its time is over."""

    code = "workforce.attempt_over"


class AttemptsUsed(TooMany):
    """Too many quizzes of one course within a day."""

    code = "workforce.attempts_used"

    def __init__(self, course: str, at_most: int, wait_s: int) -> None:
        super().__init__(course=course, at_most=at_most)
        self.retry_after_s = wait_s


class NoSuchHour(Invalid):
    """Clocks are put forward over that hour."""

    code = "workforce.no_such_hour"


class ShiftImpossible(Invalid):
    """A shift is too short, or too long."""

    code = "workforce.shift_impossible"


class ShiftsOverlap(Conflict):
    """The driver works then already."""

    code = "workforce.shifts_overlap"


class RestTooShort(Conflict):
    """Too little rest lies between two shifts."""

    code = "workforce.rest_too_short"


class NoSuchDepot(NotFound):
    """No depot stands at that place."""

    code = "workforce.no_such_depot"


class NoSuchShift(NotFound):
    """The driver has no such shift, or it was cancelled."""

    code = "workforce.no_such_shift"
