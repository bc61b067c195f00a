"""A client for the tests of a shop's own backend: it records events instead of sending them.

from retention_client.testing import RecordingClient

async def test_a_paid_order_is_reported() -> None:
    client = RecordingClient()
    await checkout(client)
    assert [event.type for event in client.events] == ["ORDER_PAID"]
"""

from collections.abc import Iterable
from types import TracebackType
from typing import Self

from retention_client.errors import RetentionError
from retention_client.events import InvalidEvent, StorefrontEvent, parse_event
from retention_client.identity import customer_id, normalise_email
from retention_client.sending import AnyForm, SendResult

IDENTITY_KEY = b"an identity key for tests only"


class RecordingClient:
    """Takes the place of `StorefrontClient` and `GatewayClient`: sends nothing.

    Events are validated as by `StorefrontClient`: each needs a `customer_email`, which the gateway can do without.

    * **events** - The valid events in the order in which they were sent, each `event_id` once.
    * **fail_with** - An error to raise instead, such as `GatewayUnavailable("timeout", attempts=6)`.
    """

    def __init__(self, *, currency: str = "USD", fail_with: RetentionError | None = None) -> None:
        self.events: list[StorefrontEvent] = []
        self.fail_with = fail_with
        self._currency = currency

    def customer_id(self, email: str) -> str:
        """Return the id of the customer with this address, under a key for tests. Raises `InvalidAddress`."""
        return customer_id(IDENTITY_KEY, normalise_email(email))

    async def send(self, event: AnyForm) -> SendResult:
        """Record one event. Raises `InvalidEvent`, or `fail_with`."""
        if self.fail_with is not None:
            raise self.fail_with
        valid = parse_event(event, currency=self._currency)
        if all(known.event_id != valid.event_id for known in self.events):
            self.events.append(valid)
        return SendResult(valid.event_id, "accepted")

    async def send_batch(self, events: Iterable[AnyForm]) -> list[SendResult]:
        """Record events, with a result for each in the same order. Raises `fail_with`."""
        results = []
        for event in events:
            try:
                results.append(await self.send(event))
            except InvalidEvent as error:
                results.append(SendResult.refused(error))
        return results

    async def aclose(self) -> None:
        """Do nothing, as there is nothing to close."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()
