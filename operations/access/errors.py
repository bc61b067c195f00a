"""What can go wrong in an operation: errors with a field and a reason, and no word on how they are shown.

A command turns an error into one line and an exit status, the gateway into a problem document, a page into a message.
"""


class OperationError(Exception):
    """An operation could not be done. Its text is one line without personal data; `field` is what was wrong, if any."""

    def __init__(self, reason: str, *, field: str | None = None) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason


class InvalidInput(OperationError):
    """What was asked for makes no sense, whatever the state of the shop."""


class NotFound(OperationError):
    """There is no such campaign, customer, event or text."""


class NotAllowed(OperationError):
    """It exists, and its state does not allow this."""


class Unavailable(OperationError):
    """A server or a setting that the operation needs is missing. Trying again may help."""


class TemporalUnavailable(Unavailable):
    """Temporal does not answer."""

    def __init__(self) -> None:
        super().__init__("Temporal does not answer: set TEMPORAL_ADDRESS, or start `retention dev`")
