"""What the bus refuses."""

from safehand.kernel.errors import SafehandError


class NoStreamServer(SafehandError):
    """No NATS server was found on this machine and no address of one was given."""

    code = "bus.no_server"
