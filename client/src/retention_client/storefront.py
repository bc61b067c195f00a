"""StorefrontClient: how a shop's backend tells the retention engine what its customers do.

    from retention_client.storefront import StorefrontClient

    storefront = StorefrontClient(temporal_client, identity_key=b"...", currency="USD")
    await storefront.send({"type": "ORDER_PAID", "event_id": "shop-1:820982911", "customer_email": ...})

A wrong event raises `InvalidEvent` with the field and the reason, and nothing is signalled. Sending the same event
again is safe: it is applied once.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from temporalio.client import Client, WorkflowHandle

from retention_client.customer_workflow import TASK_QUEUE, signal_with_start
from retention_client.events import SIGNALS, StorefrontEvent, parse_event
from retention_client.identity import customer_id, normalise_email, workflow_id


class Inbox(Protocol):
    """Where an event is kept before it is signalled, so that it outlives whatever happens to Temporal."""

    async def accept(self, customer: str, event: StorefrontEvent) -> bool:
        """Keep the event; False when nobody needs to be told of it: applied before, or it changes nothing."""

    async def signalled(self, event_id: str) -> None:
        """Temporal has the event."""


@dataclass(frozen=True)
class Sent:
    """Where an event went. `duplicate` when the inbox knew that nobody has to be told of it."""

    customer_id: str
    event_id: str
    duplicate: bool = False

    @property
    def workflow_id(self) -> str:
        """The customer's workflow."""
        return workflow_id(self.customer_id)


class StorefrontClient:
    """Signals customers, and starts the workflow of a new one. Safe to share between tasks.

    With an `inbox` an event is committed to PostgreSQL before it is signalled.
    """

    def __init__(
        self,
        client: Client,
        *,
        identity_key: bytes,
        currency: str = "USD",
        task_queue: str = TASK_QUEUE,
        inbox: Inbox | None = None,
    ) -> None:
        self._client = client
        self._task_queue = task_queue
        self._identity_key = identity_key
        self._currency = currency
        self._inbox = inbox

    def customer_id(self, email: str) -> str:
        """The id of the customer with an address. Raises `InvalidAddress`."""
        return customer_id(self._identity_key, normalise_email(email))

    def handle(self, email: str) -> WorkflowHandle[Any, Any]:
        """The workflow of the customer with an address."""
        return self._client.get_workflow_handle(workflow_id(self.customer_id(email)))

    async def send(self, event: StorefrontEvent | dict[str, Any]) -> Sent:
        """Tell of one event. Raises `InvalidEvent`, or Temporal's `RPCError` when it cannot be reached."""
        checked = parse_event(
            event if isinstance(event, dict) else event.model_dump(mode="json", exclude_none=True),
            currency=self._currency,
        )
        customer = customer_id(self._identity_key, checked.customer_email)
        if self._inbox is not None and not await self._inbox.accept(customer, checked):
            return Sent(customer, checked.event_id, duplicate=True)
        body = checked.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        await signal_with_start(
            self._client,
            self._task_queue,
            customer,
            checked.customer_email,
            SIGNALS[checked.type],
            {**body, "type": checked.type},
        )
        if self._inbox is not None:
            await self._inbox.signalled(checked.event_id)
        return Sent(customer, checked.event_id)
