"""What pages refuse by themselves."""

from safehand.kernel.errors import Invalid, Malformed, NotFound, TooLarge, TooMany, Unavailable


class NoSuchPage(NotFound):
    """The address leads nowhere."""

    code = "surfaces.no_such_page"


class NoSuchLink(NotFound):
    """Nothing is here without the link that the recipient was sent."""

    code = "surfaces.no_such_link"


class SetupLinkOver(NotFound):
    """The first administrator's link was used, is too old, or never was."""

    code = "surfaces.setup_link_over"


class ResetLinkOver(NotFound):
    """The link to begin anew was used, is too old, was replaced, or never was."""

    code = "surfaces.reset_link_over"


class MissingChoice(Invalid):
    """The form was sent without something that it asks for."""

    code = "surfaces.missing_choice"


class ReadingsDiffer(Invalid):
    """Two people read one seal and typed two serials."""

    code = "surfaces.readings_differ"
    field = "again"

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first=first, second=second or None)


class FormTooLarge(TooLarge):
    """A form's body is longer than any form of ours."""

    code = "surfaces.form_too_large"

    def __init__(self, bytes_max: int) -> None:
        super().__init__(bytes_max=bytes_max)


class NotAForm(Malformed):
    """The body is not a form as a browser sends it."""

    code = "surfaces.not_a_form"


class LookedTooOften(TooMany):
    """Too many numbers were asked for from one address."""

    code = "surfaces.looked_too_often"

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s=wait_s)
        self.retry_after_s = wait_s


class NoListenerFree(Unavailable):
    """Every place for a live page is taken; the page works without."""

    code = "surfaces.no_listener_free"
    retry_after_s = 30
