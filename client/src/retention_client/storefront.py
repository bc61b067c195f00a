"""StorefrontClient: signals the customers' workflows directly, without a gateway.

from temporalio.client import Client
from retention_client import StorefrontClient

storefront = StorefrontClient(await Client.connect("localhost:7233"), identity_key="...", currency="USD")
await storefront.send({"type": "ORDER_PAID", "event_id": "shop-1:820982911", "customer_email": ...})
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from retention_client.customer_workflow import TASK_QUEUE, event_argument, signal_with_start
from retention_client.errors import RetentionError, ServiceUnavailable, TemporalRefused, TemporalUnreachable
from retention_client.events import SIGNALS, InvalidEvent, canonical_json, parse_event
from retention_client.identity import customer_id, normalise_email, workflow_id
from retention_client.sending import AnyForm, SendResult

CONCURRENT_SIGNALS = 20
"""Signals of a batch that are sent concurrently."""

REFUSALS = frozenset(
    {
        RPCStatusCode.UNAUTHENTICATED,
        RPCStatusCode.PERMISSION_DENIED,
        RPCStatusCode.NOT_FOUND,
        RPCStatusCode.INVALID_ARGUMENT,
    }
)
"""Answers of Temporal that stay the same until the configuration changes."""


class StorefrontClient:
    """Signals the workflow of each event's customer, and starts it for a new customer.

    * **client** - A Temporal client. Payloads are encrypted when its data converter has a codec.
    * **identity_key** - The engine's `IDENTITY_KEY`, as text or bytes.
    * **currency** - The store's currency; an event with money in another one is invalid.
    * **task_queue** - The engine's task queue.

    The client is safe to share between tasks. It uses the connection of `client`, so there is nothing to close.
    """

    def __init__(
        self, client: Client, *, identity_key: str | bytes, currency: str = "USD", task_queue: str = TASK_QUEUE
    ) -> None:
        self._client = client
        self._identity_key = identity_key
        self._currency = currency
        self._task_queue = task_queue

    def customer_id(self, email: str) -> str:
        """Return the id of the customer with this address. Raises `InvalidAddress`."""
        return customer_id(self._identity_key, normalise_email(email))

    def handle(self, email: str) -> WorkflowHandle[Any, Any]:
        """Return a handle on the workflow of the customer with this address. Raises `InvalidAddress`."""
        return self._client.get_workflow_handle(workflow_id(self.customer_id(email)))

    async def send(self, event: AnyForm) -> SendResult:
        """Signal one event.

        Raises `InvalidEvent`, before anything is sent; `TemporalUnreachable`; or `TemporalRefused`.
        """
        valid = parse_event(event, currency=self._currency)
        try:
            await signal_with_start(
                self._client,
                self._task_queue,
                customer_id(self._identity_key, valid.customer_email),
                valid.customer_email,
                SIGNALS[valid.type],
                event_argument(valid.event_id, canonical_json(valid)),
            )
        except RPCError as error:
            reason = error.status.name.lower().replace("_", " ")
            if error.status in REFUSALS:
                raise TemporalRefused(f"Temporal rejected the signal: {reason}") from error
            raise TemporalUnreachable(f"Temporal did not accept the signal: {reason}") from error
        except RuntimeError as error:
            # The SDK raises this when a lazy client cannot connect.
            if "client connect" not in str(error):
                raise
            raise TemporalUnreachable("Temporal did not accept the signal: no connection") from error
        return SendResult(valid.event_id, "accepted")

    async def send_batch(self, events: Iterable[AnyForm]) -> list[SendResult]:
        """Signal events, several at the same time, with a result for each in the same order.

        A wrong event is `refused` and does not affect the others. Raises `TemporalUnreachable`, with the `results` of
        the events that were accepted, or `TemporalRefused`.
        """
        slots = asyncio.Semaphore(CONCURRENT_SIGNALS)

        async def one(event: AnyForm) -> SendResult | RetentionError:
            async with slots:
                try:
                    return await self.send(event)
                except InvalidEvent as error:
                    return SendResult.refused(error)
                except RetentionError as error:
                    return error

        outcomes = await asyncio.gather(*(one(event) for event in events))
        results = [outcome for outcome in outcomes if isinstance(outcome, SendResult)]
        for outcome in outcomes:
            if isinstance(outcome, ServiceUnavailable):
                outcome.results = tuple(results)
            if isinstance(outcome, RetentionError):
                raise outcome
        return results
