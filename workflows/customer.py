"""CustomerWorkflow: one customer, for years.

Signals are only kept by the handler; the main loop applies them, makes the change last in PostgreSQL, sends what is
due, and waits. Every rule lies in `lifecycle`; what stands here is the order of things and what to do when they fail.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from activities.profiles import OpenRequest, OrderProcessor
    from activities.profiles.messages import CONFLICT, PERMANENT
    from lifecycle.customer import Customer
    from lifecycle.retention_agent import NeedsLedger
    from lifecycle.snapshot import pack_customer, pack_policy, unpack_customer, unpack_policy
    from retention_client.customer_workflow import CUSTOMER_WORKFLOW
    from workflows import operator_view, timeouts
    from workflows.batch import Batch
    from workflows.deliveries import Deliveries
    from workflows.erased import Erased, leave_no_trace
    from workflows.lazy_timers import LazyTimers
    from workflows.names import RELOAD_SIGNAL, ROLL_SIGNAL
    from workflows.persistence import in_postgresql, refusal_in
    from workflows.signals import Signal

MOST_TOGETHER = 100
"""Signals applied in one write."""

MOST_SIGNALS = 2_000
"""Signals of one run before it makes way for the next: the server refuses the 10,001st."""

MOST_CARRIED_BYTES = 256_000
"""Waiting signals that may travel into the next run; more are applied first."""

FAT_BYTES = 8_000
"""History that a run may grow before it is worth leaving behind when nothing is due soon."""

IDLE = timedelta(days=7)

FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=1)


@dataclass(frozen=True)
class CustomerInput:
    """What a run starts from: an address; and, when it goes on from another run, all that one knew."""

    customer_id: str
    customer_email: str
    customer: dict[str, Any] | None = None
    policy: dict[str, Any] | None = None
    signals: tuple[Signal, ...] = ()


@workflow.defn(name=CUSTOMER_WORKFLOW)
class CustomerWorkflow:
    """The life of one customer."""

    @workflow.init
    def __init__(self, given: CustomerInput) -> None:
        self._customer = unpack_customer(given.customer_id, given.customer_email, given.customer or {})
        self._policy = unpack_policy(given.policy or {})
        self._signals = deque(given.signals)
        self._opened = given.customer is not None
        self._unfolded_since: datetime | None = None
        self._timers = LazyTimers(self._wake)
        self._deliveries = Deliveries(self._wake)
        self._received = 0
        self._together = MOST_TOGETHER
        self._rolling = False
        self._reloads = 0
        self._woken = False
        self._failures = 0
        self._retry_at: datetime | None = None

    @workflow.run
    async def run(self, given: CustomerInput) -> None:  # noqa: ARG002 - taken by __init__
        """Live until a cancellation stops the customer on purpose, or an erasure does."""
        try:
            await self._live()
        except Erased:
            await leave_no_trace(self._customer.customer_id)

    async def _live(self) -> None:
        born_with = workflow.info().get_current_history_size()
        try:
            while True:
                self._woken = False
                # Here alone: a delivery may end while a change is being written.
                self._customer = self._deliveries.settle(self._customer)
                await self._work()
                if not self._should_roll(born_with):
                    self._deliveries.start(self._customer)
                self._show()
                if self._should_roll(born_with) and not self._deliveries.under_way:
                    self._continue_as_new()
                await self._wait()
        except asyncio.CancelledError:
            await self._stop()
            raise

    @workflow.signal(dynamic=True)
    def receive(self, name: str, arguments: Sequence[RawValue]) -> None:
        """Keep a signal. One dynamic handler for all, because a typed one drops what it cannot decode."""
        self._received += 1
        self._wake()
        if name == ROLL_SIGNAL:
            self._rolling = True
        elif name == RELOAD_SIGNAL:
            self._opened = False
            self._reloads += 1
        else:
            self._signals.append(Signal.received(name, arguments))

    @workflow.query(description="State, totals, consent and what is coming")
    def profile(self) -> dict[str, Any]:
        """The customer as the workflow holds them."""
        return operator_view.profile(self._customer, self._policy, self._trouble())

    @workflow.query(description="The latest decisions, oldest first")
    def timeline(self) -> list[dict[str, Any]]:
        """The end of the customer's story; all of it lies in PostgreSQL."""
        return operator_view.timeline(self._customer)

    # Applying

    async def _work(self) -> None:
        """Apply what waits and what is due, until nothing does or PostgreSQL does not answer."""
        while not self._blocked() and (not self._opened or self._signals or self._change_due()):
            if not self._opened:
                await self._open()
                continue
            signals = [self._signals.popleft() for _ in range(min(self._together, len(self._signals)))]
            done = False
            try:
                done = await self._apply(signals)
            finally:
                if not done:
                    self._signals.extendleft(reversed(signals))

    async def _apply(self, signals: list[Signal]) -> bool:
        """Apply signals, and then whatever is due. False when they have to be taken again."""
        batch = Batch(self._customer)
        try:
            for signal in signals:
                batch.take(signal, workflow.now(), self._policy)
        except NeedsLedger as late:
            self._opened, self._unfolded_since = False, late.since
            return False
        batch.let_time_pass(workflow.now(), self._policy)
        # A write is a pause too. A burst without anything to write would hold its task longer than 2 seconds.
        if batch.lasting or self._signals:
            return await self._make_last(batch, signals)
        self._customer = batch.customer
        return True

    async def _make_last(self, batch: Batch, signals: list[Signal]) -> bool:
        change = batch.written(self._customer, workflow.now(), self._policy)
        try:
            persisted = await in_postgresql(OrderProcessor.persist, change)
        except FailureError as error:
            return await self._not_written(error, signals)
        self._failures, self._together = 0, MOST_TOGETHER
        if persisted.policy is not None:
            self._policy = unpack_policy(persisted.policy)
        kept = batch.customer.without(frozenset(persisted.ended)).plan(persisted.planned)
        self._customer = replace(kept, revision=persisted.revision)
        return True

    async def _not_written(self, error: FailureError, signals: list[Signal]) -> bool:
        reason = refusal_in(error)
        kind = reason.type if reason else None
        if kind == CONFLICT:
            self._opened = False
        elif kind == PERMANENT and len(signals) > 1:
            self._together = 1
        elif kind == PERMANENT and signals and signals[0].text is not None:
            refusal = Batch(self._customer)
            refusal.refuse(signals[0], str(reason))
            return await self._make_last(refusal, [])
        else:
            self._block()
        return False

    async def _open(self) -> None:
        """Take a new epoch and go on from the ledger. Carts, which only Temporal knows, stay as they are."""
        known = self._customer
        request = OpenRequest(known.customer_id, known.email, workflow.now(), self._unfolded_since)
        reloads = self._reloads
        try:
            opened = await in_postgresql(OrderProcessor.open, request)
        except FailureError:
            self._block()
            return
        # A reload that came meanwhile may tell of something that was written after this was read.
        self._opened, self._unfolded_since, self._failures = self._reloads == reloads, None, 0
        self._policy = unpack_policy(opened.policy)
        self._customer = known.reopened(unpack_customer(known.customer_id, known.email, opened.customer))
        self._signals.extendleft(reversed([Signal.accepted(text) for text in opened.unapplied]))

    def _block(self) -> None:
        self._retry_at = workflow.now() + min(FIRST_RETRY * 2**self._failures, LAST_RETRY)
        self._failures += 1

    def _blocked(self) -> bool:
        return self._retry_at is not None and workflow.now() < self._retry_at

    def _change_due(self) -> bool:
        due = self._customer.next_change(self._policy)
        return due is not None and due <= workflow.now()

    # Waiting

    async def _wait(self) -> None:
        deadline = self._retry_at if self._blocked() else self._next_deadline()
        if deadline is not None:
            self._timers.arm(deadline, operator_view.next_up(self._waiting(), self._policy, self._trouble()))
        await workflow.wait_condition(lambda: self._woken)

    def _wake(self) -> None:
        self._woken = True

    def _next_deadline(self) -> datetime | None:
        return self._waiting().next_deadline(self._policy)

    def _waiting(self) -> Customer:
        """The customer without the messages that are under way, and marketing that waits for one that is."""
        under_way = self._deliveries.under_way
        if not under_way:
            return self._customer
        due = {m.key for m in self._customer.messages if m.marketing and m.due_at <= workflow.now()}
        return self._customer.without(under_way | due)

    def _should_roll(self, born_with: int) -> bool:
        """Whether the next run should take over as soon as nothing is in flight."""
        if not self._opened or sum(signal.size for signal in self._signals) > MOST_CARRIED_BYTES:
            return False
        info = workflow.info()
        if self._rolling or self._received >= MOST_SIGNALS or info.is_continue_as_new_suggested():
            return True
        deadline = self._next_deadline()
        due = self._signals or self._customer.deliverable(workflow.now(), self._deliveries.under_way)
        idle = not due and (deadline is None or deadline - workflow.now() > IDLE)
        return idle and info.get_current_history_size() - born_with > FAT_BYTES

    def _continue_as_new(self) -> None:
        workflow.continue_as_new(
            CustomerInput(
                self._customer.customer_id,
                self._customer.email,
                pack_customer(self._customer),
                pack_policy(self._policy),
                tuple(self._signals),
            ),
            # Given anew, so that it is encrypted with the key of today.
            memo={"customer_email": self._customer.email},
        )

    async def _stop(self) -> None:
        """Finish what is in flight, apply what was accepted, and keep that this end was meant."""
        await workflow.wait_condition(self._deliveries.all_over)
        self._customer = self._deliveries.settle(self._customer)
        closed = False
        while self._signals or not closed:
            await self._work()
            self._show()
            if self._retry_at is not None and self._blocked():
                await workflow.sleep(self._retry_at - workflow.now(), summary=self._trouble())
                continue
            await workflow.execute_activity_method(
                OrderProcessor.close,
                args=[self._customer.customer_id, self._customer.epoch, workflow.now()],
                start_to_close_timeout=timeouts.PERSISTENCE_ATTEMPT,
                retry_policy=timeouts.PERSISTENCE_RETRY,
            )
            closed = True

    # Showing

    def _show(self) -> None:
        workflow.set_current_details(operator_view.details(self._customer, self._policy, self._trouble()))
        updates = operator_view.attribute_updates(self._customer, workflow.info().typed_search_attributes)
        if updates:
            workflow.upsert_search_attributes(updates)

    def _trouble(self) -> str | None:
        if self._retry_at is None or not self._blocked():
            return None
        return f"PostgreSQL did not take a write, next try at {self._retry_at:%Y-%m-%d %H:%M UTC}"
