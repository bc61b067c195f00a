"""The deliveries of one customer that are under way, and what became of those that are over."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.delivery import UNWRITTEN, Delivery, DeliveryOutcome, DeliveryRequest
from activities.writing.messages import ContentRequest
from activities.writing.writing import Writing
from lifecycle.customer import Customer
from lifecycle.gate import growing_pause
from lifecycle.messages import PlannedMessage
from workflows import timeouts

MOST_AT_ONCE = 20

NOT_WRITTEN = "the language model did not answer in time"


@dataclass(frozen=True)
class Delivered:
    """What became of a message: `until` is when to try again, and `counted_at` when marketing reached the customer."""

    message: PlannedMessage
    until: datetime | None
    told: str
    counted_at: datetime | None = None


class Deliveries:
    """Runs deliveries side by side; `ended` is called whenever one is over."""

    def __init__(self, ended: Callable[[], None]) -> None:
        self._ended = ended
        self._under_way: set[str] = set()
        self._over: list[Delivered] = []

    @property
    def under_way(self) -> frozenset[str]:
        """Keys of the messages that are being delivered, or whose end nobody has taken in yet."""
        return frozenset(self._under_way)

    def all_over(self) -> bool:
        """Whether nothing is on its way any more."""
        return len(self._over) == len(self._under_way)

    def start(self, customer: Customer) -> None:
        """Deliver what is due."""
        for message in customer.deliverable(workflow.now(), self.under_way):
            if len(self._under_way) < MOST_AT_ONCE:
                self._under_way.add(message.key)
                asyncio.create_task(self._deliver(customer, message))  # noqa: RUF006 - held by the workflow's event loop

    def settle(self, customer: Customer) -> Customer:
        """The customer after what became of messages since this was asked last."""
        for over in self._over:
            self._under_way.discard(over.message.key)
            customer = customer.settle(over.message, over.until).note(workflow.now(), over.told)
            if over.counted_at is not None:
                customer = customer.count_sent(over.counted_at)
        self._over.clear()
        return customer

    async def _deliver(self, customer: Customer, message: PlannedMessage) -> None:
        now = workflow.now()
        happened = tuple(sorted(customer.happened_since(message)))
        sent = customer.sent if message.marketing else ()
        request = DeliveryRequest(message.key, now, happened, message.attempts, sent)
        try:
            outcome = await _hand_over(request, message)
            if outcome.status == UNWRITTEN:
                outcome = await _hand_over(await _written(request, message), message)
            counted_at = now if outcome.counts else None
            self._over.append(Delivered(message, outcome.until, f"{message.campaign}: {outcome.detail}", counted_at))
        except ActivityError:
            told = f"{message.campaign}: could not be delivered, next try later"
            self._over.append(Delivered(message, workflow.now() + growing_pause(message.attempts), told))
        self._ended()


async def _hand_over(request: DeliveryRequest, message: PlannedMessage) -> DeliveryOutcome:
    return await workflow.execute_activity_method(
        Delivery.deliver,
        request,
        start_to_close_timeout=timeouts.DELIVERY_ATTEMPT,
        schedule_to_close_timeout=timeouts.DELIVERY_LIMIT,
        heartbeat_timeout=timeouts.DELIVERY_HEARTBEAT,
        retry_policy=timeouts.DELIVERY_RETRY,
        summary=message.label,
    )


async def _written(request: DeliveryRequest, message: PlannedMessage) -> DeliveryRequest:
    """The request again, once the message's text is written or known not to be had."""
    try:
        outcome = await workflow.execute_activity_method(
            Writing.write,
            ContentRequest(request.message_key, request.now),
            start_to_close_timeout=timeouts.WRITING_ATTEMPT,
            schedule_to_close_timeout=timeouts.WRITING_LIMIT,
            retry_policy=timeouts.WRITING_RETRY,
            summary=f"words for {message.label}",
        )
    except ActivityError:
        return replace(request, unwritten=NOT_WRITTEN)
    return request if outcome.written else replace(request, unwritten=outcome.detail)
