"""The errors of operations. They have a field and a reason, and do not define how they are shown.

A command turns an error into one line and an exit status, the gateway into a problem document, a page into a message.
"""


class OperationError(Exception):
    """An operation failed.

    `reason` is one line without personal data; `field` is the argument that caused it, if there is one.
    """

    def __init__(self, reason: str, *, field: str | None = None) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


class InvalidInput(OperationError):
    """An argument is invalid: malformed, out of range, or the name of something that is not configured."""


class NotFound(OperationError):
    """There is no such customer, event or text."""


class NotAllowed(OperationError):
    """It exists, and its state does not allow this."""


class Unavailable(OperationError):
    """A server or a setting that the operation needs is missing. A retry may help."""


class TemporalUnavailable(Unavailable):
    """Temporal does not answer."""

    def __init__(self) -> None:
        super().__init__("Temporal does not answer: set TEMPORAL_ADDRESS, or start `retention dev`")
