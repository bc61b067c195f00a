"""The deliveries of one customer that are in progress, and the results of those that ended."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.delivery import UNWRITTEN, DeliveryOutcome, DeliveryRequest, MessageDelivery
from activities.writing.content_writing import ContentWriting
from activities.writing.contract import ContentRequest
from lifecycle.customer import Customer
from lifecycle.gate import backoff
from lifecycle.messages import PlannedMessage
from workflows import timeouts

MAX_CONCURRENT = 20

NOT_WRITTEN = "the language model did not answer in time"


@dataclass(frozen=True)
class DeliveryResult:
    """The result of a delivery. `until` is when to try again; `counted_at` is when marketing reached the customer."""

    message: PlannedMessage
    until: datetime | None
    decision: str
    counted_at: datetime | None = None


class Deliveries:
    """Runs deliveries concurrently; `ended` is called whenever one ends."""

    def __init__(self, ended: Callable[[], None]) -> None:
        self._ended = ended
        self._in_progress: set[str] = set()
        self._results: list[DeliveryResult] = []

    @property
    def in_progress(self) -> frozenset[str]:
        """Keys of the messages that are being delivered, or whose results are not settled yet."""
        return frozenset(self._in_progress)

    def all_ended(self) -> bool:
        """Whether no delivery is running any more."""
        return len(self._results) == len(self._in_progress)

    def start(self, customer: Customer) -> None:
        """Start the deliveries that are due."""
        for message in customer.deliverable(workflow.now(), self.in_progress):
            if len(self._in_progress) < MAX_CONCURRENT:
                self._in_progress.add(message.key)
                asyncio.create_task(self._deliver(customer, message))  # noqa: RUF006 - held by the workflow's event loop

    def settle(self, customer: Customer) -> Customer:
        """The customer with the results since the last call."""
        for result in self._results:
            self._in_progress.discard(result.message.key)
            customer = customer.settle(result.message, result.until).note(workflow.now(), result.decision)
            if result.counted_at is not None:
                customer = customer.count_sent(result.counted_at)
        self._results.clear()
        return customer

    async def _deliver(self, customer: Customer, message: PlannedMessage) -> None:
        now = workflow.now()
        happened = tuple(sorted(customer.happened_since(message)))
        sent = customer.sent if message.marketing else ()
        request = DeliveryRequest(message.key, now, happened, message.attempts, sent)
        try:
            outcome = await _execute(request, message)
            if outcome.status == UNWRITTEN:
                outcome = await _execute(await _with_content(request, message), message)
            counted_at = now if outcome.counts else None
            self._results.append(
                DeliveryResult(message, outcome.until, f"{message.campaign}: {outcome.detail}", counted_at)
            )
        except ActivityError:
            decision = f"{message.campaign}: delivery failed, to be retried later"
            self._results.append(DeliveryResult(message, workflow.now() + backoff(message.attempts), decision))
        self._ended()


async def _execute(request: DeliveryRequest, message: PlannedMessage) -> DeliveryOutcome:
    return await workflow.execute_activity_method(
        MessageDelivery.deliver,
        request,
        start_to_close_timeout=timeouts.DELIVERY_ATTEMPT,
        schedule_to_close_timeout=timeouts.DELIVERY_LIMIT,
        heartbeat_timeout=timeouts.DELIVERY_HEARTBEAT,
        retry_policy=timeouts.DELIVERY_RETRY,
        summary=message.label,
    )


async def _with_content(request: DeliveryRequest, message: PlannedMessage) -> DeliveryRequest:
    """The request for the next delivery, once the message's text is generated or known to be unavailable."""
    try:
        outcome = await workflow.execute_activity_method(
            ContentWriting.write,
            ContentRequest(request.message_key, request.now),
            start_to_close_timeout=timeouts.WRITING_ATTEMPT,
            schedule_to_close_timeout=timeouts.WRITING_LIMIT,
            retry_policy=timeouts.WRITING_RETRY,
            summary=f"text for {message.label}",
        )
    except ActivityError:
        return replace(request, unwritten=NOT_WRITTEN)
    return request if outcome.written else replace(request, unwritten=outcome.detail)
