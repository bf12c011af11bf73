"""What the workforce refuses."""

from safehand.kernel.errors import Conflict, Invalid


class BadRegistration(Invalid):
    """A registration has 2 to 16 letters and digits, with gaps or dashes between them."""

    code = "workforce.bad_registration"


class BadVehicle(Invalid):
    """A vehicle carries something, and no more than a lorry does."""

    code = "workforce.bad_vehicle"


class RegistrationTaken(Conflict):
    """Another vehicle has the registration."""

    code = "workforce.registration_taken"
