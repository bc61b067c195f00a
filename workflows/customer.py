"""CustomerWorkflow: one customer, for years.

The signal handler only queues signals. The main loop applies them, persists the change to PostgreSQL, delivers what is
due, and waits. All business rules are in `lifecycle`; this module has the order of steps and the handling of failures.
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
    from workflows.erased import Erased, delete_own_history
    from workflows.lazy_timers import LazyTimers
    from workflows.names import RELOAD_SIGNAL, ROLL_SIGNAL
    from workflows.persistence import application_error_in, in_postgresql
    from workflows.signals import Signal

MAX_BATCH = 100
"""Signals applied in one write."""

MAX_SIGNALS = 2_000
"""Signals that one run receives before it continues as new: the server rejects the 10,001st."""

MAX_CARRIED_BYTES = 256_000
"""Size of the queued signals that may be carried into the next run; more are applied first."""

IDLE_HISTORY_BYTES = 8_000
"""Growth of the history after which an idle run continues as new."""

IDLE = timedelta(days=7)

FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=1)


@dataclass(frozen=True)
class CustomerInput:
    """Input of a run: the address; after continue-as-new also the previous run's snapshot and queued signals."""

    customer_id: str
    customer_email: str
    customer: dict[str, Any] | None = None
    policy: dict[str, Any] | None = None
    signals: tuple[Signal, ...] = ()


@workflow.defn(name=CUSTOMER_WORKFLOW)
class CustomerWorkflow:
    """The life of one customer."""

    @workflow.init
    def __init__(self, start: CustomerInput) -> None:
        self._customer = unpack_customer(start.customer_id, start.customer_email, start.customer or {})
        self._policy = unpack_policy(start.policy or {})
        self._signals = deque(start.signals)
        self._loaded = start.customer is not None
        self._refold_since: datetime | None = None
        self._timers = LazyTimers(self._wake)
        self._deliveries = Deliveries(self._wake)
        self._received = 0
        self._batch_size = MAX_BATCH
        self._rolling = False
        self._reload_signals = 0
        self._woken = False
        self._failures = 0
        self._retry_at: datetime | None = None

    @workflow.run
    async def run(self, start: CustomerInput) -> None:  # noqa: ARG002 - taken by __init__
        """Run until the customer is stopped by a cancellation, or erased."""
        try:
            await self._main_loop()
        except Erased:
            await delete_own_history(self._customer.customer_id)

    async def _main_loop(self) -> None:
        initial_bytes = workflow.info().get_current_history_size()
        try:
            while True:
                self._woken = False
                # Only here: a delivery may end while a change is being written.
                self._customer = self._deliveries.settle(self._customer)
                await self._apply_all()
                if not self._should_roll(initial_bytes):
                    self._deliveries.start(self._customer)
                self._update_display()
                if self._should_roll(initial_bytes) and not self._deliveries.in_progress:
                    self._continue_as_new()
                await self._wait()
        except asyncio.CancelledError:
            await self._stop()
            raise

    @workflow.signal(dynamic=True)
    def receive(self, name: str, arguments: Sequence[RawValue]) -> None:
        """Queue a signal. One dynamic handler takes all types, because a typed one drops what it cannot decode."""
        self._received += 1
        self._wake()
        if name == ROLL_SIGNAL:
            self._rolling = True
        elif name == RELOAD_SIGNAL:
            self._loaded = False
            self._reload_signals += 1
        else:
            self._signals.append(Signal.received(name, arguments))

    @workflow.query(description="State, totals, consent and upcoming deadlines")
    def profile(self) -> dict[str, Any]:
        """The customer's current value."""
        return operator_view.profile(self._customer, self._policy, self._problem())

    @workflow.query(description="The latest decisions, oldest first")
    def timeline(self) -> list[dict[str, Any]]:
        """The latest decisions; PostgreSQL has all of them."""
        return operator_view.timeline(self._customer)

    # Applying

    async def _apply_all(self) -> None:
        """Apply queued signals and due time rules, until none are left or PostgreSQL does not answer."""
        while not self._blocked() and (not self._loaded or self._signals or self._change_due()):
            if not self._loaded:
                await self._load()
                continue
            signals = [self._signals.popleft() for _ in range(min(self._batch_size, len(self._signals)))]
            done = False
            try:
                done = await self._apply(signals)
            finally:
                if not done:
                    self._signals.extendleft(reversed(signals))

    async def _apply(self, signals: list[Signal]) -> bool:
        """Apply signals and then due time rules. Returns False if the signals have to be queued again."""
        batch = Batch(self._customer)
        try:
            for signal in signals:
                batch.take(signal, workflow.now(), self._policy)
        except NeedsLedger as late:
            self._loaded, self._refold_since = False, late.since
            return False
        batch.let_time_pass(workflow.now(), self._policy)
        # A write also yields: a burst with nothing to write could run for more than the 2 s of the deadlock detector.
        if batch.lasting or self._signals:
            return await self._persist(batch, signals)
        self._customer = batch.customer
        return True

    async def _persist(self, batch: Batch, signals: list[Signal]) -> bool:
        change = batch.written(self._customer, workflow.now(), self._policy)
        try:
            persisted = await in_postgresql(OrderProcessor.persist, change)
        except FailureError as error:
            return await self._handle_failed_write(error, signals)
        self._failures, self._batch_size = 0, MAX_BATCH
        if persisted.policy is not None:
            self._policy = unpack_policy(persisted.policy)
        customer = batch.customer.without(frozenset(persisted.ended)).plan(persisted.planned)
        self._customer = replace(customer, revision=persisted.revision)
        return True

    async def _handle_failed_write(self, error: FailureError, signals: list[Signal]) -> bool:
        reason = application_error_in(error)
        kind = reason.type if reason else None
        if kind == CONFLICT:
            self._loaded = False
        elif kind == PERMANENT and len(signals) > 1:
            self._batch_size = 1
        elif kind == PERMANENT and signals and signals[0].text is not None:
            refusal = Batch(self._customer)
            refusal.refuse(signals[0], str(reason))
            return await self._persist(refusal, [])
        else:
            self._block()
        return False

    async def _load(self) -> None:
        """Take a new epoch and rebuild the customer from the ledger. Carts are stored in Temporal alone, and stay."""
        current = self._customer
        request = OpenRequest(current.customer_id, current.email, workflow.now(), self._refold_since)
        reloads = self._reload_signals
        try:
            opened = await in_postgresql(OrderProcessor.open, request)
        except FailureError:
            self._block()
            return
        # A reload signal that arrived meanwhile may be about something written after the ledger was read.
        self._loaded, self._refold_since, self._failures = self._reload_signals == reloads, None, 0
        self._policy = unpack_policy(opened.policy)
        self._customer = current.reopened(unpack_customer(current.customer_id, current.email, opened.customer))
        unapplied = [Signal.of_inbox(text) for text in opened.unapplied]
        taken = {signal.event_id for signal in unapplied if signal.event_id is not None}
        # In the inbox's order; an event that was signalled meanwhile is taken once.
        self._signals = deque([*unapplied, *(signal for signal in self._signals if signal.event_id not in taken)])

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
            self._timers.arm(deadline, operator_view.next_up(self._not_in_delivery(), self._policy, self._problem()))
        await workflow.wait_condition(lambda: self._woken)

    def _wake(self) -> None:
        self._woken = True

    def _next_deadline(self) -> datetime | None:
        return self._not_in_delivery().next_deadline(self._policy)

    def _not_in_delivery(self) -> Customer:
        """The customer without messages in delivery, and without due marketing, which waits for those to end."""
        in_progress = self._deliveries.in_progress
        if not in_progress:
            return self._customer
        due = {m.key for m in self._customer.messages if m.marketing and m.due_at <= workflow.now()}
        return self._customer.without(in_progress | due)

    def _should_roll(self, initial_bytes: int) -> bool:
        """Whether to continue as new once no delivery is in progress."""
        if not self._loaded or sum(signal.size for signal in self._signals) > MAX_CARRIED_BYTES:
            return False
        info = workflow.info()
        if self._rolling or self._received >= MAX_SIGNALS or info.is_continue_as_new_suggested():
            return True
        deadline = self._next_deadline()
        due = self._signals or self._customer.deliverable(workflow.now(), self._deliveries.in_progress)
        idle = not due and (deadline is None or deadline - workflow.now() > IDLE)
        return idle and info.get_current_history_size() - initial_bytes > IDLE_HISTORY_BYTES

    def _continue_as_new(self) -> None:
        workflow.continue_as_new(
            CustomerInput(
                self._customer.customer_id,
                self._customer.email,
                pack_customer(self._customer),
                pack_policy(self._policy),
                tuple(self._signals),
            ),
            # Set again, so that it is encrypted with the current key.
            memo={"customer_email": self._customer.email},
        )

    async def _stop(self) -> None:
        """Finish deliveries, apply queued signals, and record that the customer was stopped on purpose."""
        await workflow.wait_condition(self._deliveries.all_ended)
        self._customer = self._deliveries.settle(self._customer)
        closed = False
        while self._signals or not closed:
            await self._apply_all()
            self._update_display()
            if self._retry_at is not None and self._blocked():
                await workflow.sleep(self._retry_at - workflow.now(), summary=self._problem())
                continue
            await workflow.execute_activity_method(
                OrderProcessor.close,
                args=[self._customer.customer_id, self._customer.epoch, workflow.now()],
                start_to_close_timeout=timeouts.PERSISTENCE_ATTEMPT,
                retry_policy=timeouts.PERSISTENCE_RETRY,
            )
            closed = True

    # Display

    def _update_display(self) -> None:
        workflow.set_current_details(operator_view.details(self._customer, self._policy, self._problem()))
        updates = operator_view.attribute_updates(self._customer, workflow.info().typed_search_attributes)
        if updates:
            workflow.upsert_search_attributes(updates)

    def _problem(self) -> str | None:
        if self._retry_at is None or not self._blocked():
            return None
        return f"PostgreSQL did not accept a write; next attempt at {self._retry_at:%Y-%m-%d %H:%M UTC}"
