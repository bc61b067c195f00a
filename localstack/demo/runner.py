"""The runner: takes one customer through their steps, and waits after each for the expected result."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from db.customers.records import load_record
from localstack.demo.context import DemoContext
from localstack.demo.demo_shop import DeliveryFailed
from localstack.demo.steps import DemoCustomer, DemoStep, ExpectedMessage, decided_messages
from operations.customers.fast_forward import CustomerClock
from retention_client.identity import workflow_id
from workflows.check_churn_risk import CheckChurnRisk, CheckRequest

POLL_SECONDS = 0.1


class StepFailed(Exception):
    """A step did not end as expected; the message says which, and what was missing."""


OnStep = Callable[[DemoCustomer, DemoStep, datetime], None]
"""Called after each step that ended as expected, with the customer's time."""


class CustomerRunner:
    """Runs one customer. Several may run concurrently: each customer has their own clock."""

    def __init__(self, context: DemoContext, customer: DemoCustomer, on_step: OnStep) -> None:
        self._context = context
        self._customer = customer
        self._on_step = on_step
        self._customer_id = context.storefront.customer_id(customer.email)
        self._clock = CustomerClock(context.client, workflow_id(self._customer_id))
        self._expected: Counter[ExpectedMessage] = Counter()

    async def run(self) -> None:
        """Run all steps. Raises `StepFailed`."""
        for number, step in enumerate(self._customer.steps, start=1):
            self._expected.update(step.messages)
            try:
                async with asyncio.timeout(self._context.step_seconds):
                    now = await self._let_time_pass(step, first=number == 1)
                    await self._act(step, now)
                    await self._wait_for_result(step)
            except TimeoutError:
                raise StepFailed(await self._describe_failure(step)) from None
            except DeliveryFailed as error:
                raise StepFailed(f"{self._customer.first_name} {step.text}: {error}") from None
            self._on_step(self._customer, step, now)

    async def _let_time_pass(self, step: DemoStep, *, first: bool) -> datetime:
        if first:
            # A customer without a workflow has no clock yet.
            return datetime.now(UTC)
        begins = step.begins(self._context.first_day)
        if begins is not None:
            await self._clock.forward(begins)
        return await self._clock.now()

    async def _act(self, step: DemoStep, now: datetime) -> None:
        if step.action is not None:
            await self._context.shop.deliver(step.action(self._customer, now))
        if step.churn_check:
            await self._context.client.execute_workflow(
                CheckChurnRisk.run,
                CheckRequest(as_of=now),
                id=f"check-churn-risk/demo/{self._customer.first_name.lower()}",
                task_queue=self._context.task_queue,
            )

    async def _wait_for_result(self, step: DemoStep) -> None:
        """Wait until PostgreSQL shows the expected result of the step."""
        while await self._missing(step):  # noqa: ASYNC110 - PostgreSQL does not notify of changed rows
            await asyncio.sleep(POLL_SECONDS)

    async def _missing(self, step: DemoStep) -> list[str]:
        record = await load_record(self._context.engine, self._customer_id)
        messages = (self._expected - Counter(decided_messages(record))).elements()
        state = record.profile.state if record.profile else "unknown"
        pending = [event for event in record.events if event.status == "RECEIVED"]
        return [
            *([] if state == step.state else [f"the state is {state}, not {step.state}"]),
            *(f"{message} is missing" for message in messages),
            *(f"{event.type} is not applied" for event in pending),
        ]

    async def _describe_failure(self, step: DemoStep) -> str:
        missing = await self._missing(step) or ["the customer's clock did not move"]
        now = f"{await self._clock.now():%Y-%m-%d %H:%M}"
        return f"{self._customer.first_name} {step.text} (day {step.day}), at {now}: {'; '.join(missing)}"
