"""The result of sending an event, and the interface of all clients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from retention_client.events import InvalidEvent, StorefrontEvent

AnyForm = StorefrontEvent | Mapping[str, Any]
"""An event as a model of `retention_client.events`, or as its JSON object."""


@dataclass(frozen=True)
class SendResult:
    """The result of sending one event.

    `status` is `accepted`, `waiting` (accepted; a later event has to name its customer), or `refused`, in which case
    `error` says where the event is wrong, and why. `event_id` is None only for a refused event.
    """

    event_id: str | None
    status: Literal["accepted", "waiting", "refused"]
    error: InvalidEvent | None = None

    @staticmethod
    def refused(error: InvalidEvent, event_id: str | None = None) -> SendResult:
        """The result of a wrong event."""
        return SendResult(event_id, "refused", error)

    def raise_for_refusal(self) -> SendResult:
        """Return this result. Raises `InvalidEvent` for a refused event."""
        if self.error is not None:
            raise self.error
        return self


class EventSender(Protocol):
    """The interface that `StorefrontClient`, `GatewayClient` and `RecordingClient` share."""

    async def send(self, event: AnyForm) -> SendResult:
        """Send one event. Raises `InvalidEvent`, `ServiceUnavailable` or `ServiceRefused`."""

    async def send_batch(self, events: Iterable[AnyForm]) -> list[SendResult]:
        """Send events, with a result for each in the same order. Raises `ServiceUnavailable` or `ServiceRefused`."""
