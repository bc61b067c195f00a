"""The errors of this package, all of which `RetentionError` catches.

    RetentionError
    ├── InvalidEvent            the event is wrong: `field` and `reason`
    ├── InvalidAddress          not an e-mail address
    ├── ServiceUnavailable      the outcome is unknown: send the same events again, later
    │   ├── GatewayUnavailable
    │   └── TemporalUnreachable
    └── ServiceRefused          sending again changes nothing: fix the configuration
        ├── GatewayRefused
        └── TemporalRefused

No message holds personal data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retention_client.sending import SendResult


class RetentionError(Exception):
    """Base class of every error that this package raises."""


class ServiceUnavailable(RetentionError):
    """The events may or may not have arrived. Sending them again is safe: each `event_id` is applied once.

    `results` are those of the events of a batch that were accepted before.
    """

    results: tuple[SendResult, ...] = ()


class ServiceRefused(RetentionError):
    """The service does not accept events from this client. Sending them again changes nothing."""


class GatewayUnavailable(ServiceUnavailable):
    """The gateway did not accept events after every retry.

    `status` is the HTTP status of the last response, or None without one. `retry_after` is what the response asked
    for, in seconds.
    """

    def __init__(
        self, reason: str, *, attempts: int, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(f"the gateway is unavailable ({reason}, {attempts} attempts)")
        self.attempts = attempts
        self.status = status
        self.retry_after = retry_after


class GatewayRefused(ServiceRefused):
    """The gateway rejected the request: a wrong token (401), a token of another scope (403), or a wrong URL (404)."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"the gateway answered {status}: {detail}")
        self.status = status
        self.detail = detail


class TemporalUnreachable(ServiceUnavailable):
    """Temporal did not accept a signal. The cause is the SDK's error, usually an `RPCError`."""


class TemporalRefused(ServiceRefused):
    """Temporal rejected a signal: credentials, namespace or search attributes. The cause is Temporal's `RPCError`."""
