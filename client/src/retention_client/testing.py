"""For the tests of a shop's own backend: a storefront client that keeps what it was told."""

from typing import Any

from retention_client.events import StorefrontEvent, parse_event
from retention_client.identity import customer_id
from retention_client.storefront import Sent

IDENTITY_KEY = b"an identity key for tests only"


class RecordingStorefront:
    """Checks events as `StorefrontClient` does, keeps them in `events`, and tells nobody."""

    def __init__(self, *, currency: str = "USD") -> None:
        self.events: list[StorefrontEvent] = []
        self._currency = currency

    async def send(self, event: StorefrontEvent | dict[str, Any]) -> Sent:
        """Keep one event. Raises `InvalidEvent` as the real one does; the same event again is a duplicate."""
        given = event if isinstance(event, dict) else event.model_dump(mode="json", exclude_none=True)
        checked = parse_event(given, currency=self._currency)
        duplicate = any(known.event_id == checked.event_id for known in self.events)
        if not duplicate:
            self.events.append(checked)
        return Sent(customer_id(IDENTITY_KEY, checked.customer_email), checked.event_id, duplicate)
