"""One customer of a database of its own, written as the workflow and the import write customers, without Temporal."""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.profiles import OpenRequest, OrderProcessor
from db.customers.imports import WrittenPast, read_customers, write_customers
from db.engine.connections import create_engine, json_text
from db.schema.upgrade import worker_url
from lifecycle.customer import Customer
from lifecycle.ledger_events import AnyEvent
from lifecycle.retention_agent import NeedsLedger
from lifecycle.snapshot import unpack_customer
from operations.importing.past import fold_import
from retention_client.events import SIGNALS
from tests.fixtures.postgres import WORKER_PASSWORD, WORKER_ROLE
from tests.lifecycle.shop import EMAIL
from tests.lifecycle.strategies import END, POLICY
from workflows.batch import Batch
from workflows.signals import Signal

CUSTOMER = "AAAABBBBCCCCDDDDEEEEFFFFGG"
RECEIVED_LATER = timedelta(hours=1)

Result = TypeVar("Result")


class WrittenCustomer:
    """A customer in PostgreSQL. Every method does its work before it returns."""

    def __init__(self, engine: AsyncEngine, runner: asyncio.Runner) -> None:
        self.engine = engine
        self._runner = runner
        self._processor = OrderProcessor(engine, POLICY)

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Wait for something asynchronous."""
        return self._runner.run(work)

    def execute(self, statement: str, values: Any = None) -> list[Row[Any]]:
        """Execute a statement; its rows, if it returns any."""

        async def execute() -> list[Row[Any]]:
            async with self.engine.connect() as connection:
                result = await connection.execute(text(statement), values)
                return list(result) if result.returns_rows else []

        return self.run(execute())

    def clear(self) -> None:
        """Forget the customer."""
        self.execute(
            "WITH a AS (DELETE FROM event_inbox), b AS (DELETE FROM orders), c AS (DELETE FROM state_transitions), "
            "d AS (DELETE FROM communications_log) DELETE FROM customer_profiles"
        )

    def receive(self, events: Sequence[AnyEvent]) -> None:
        """Have events wait in the inbox, received some time after they occurred."""
        rows = [
            {
                "event_id": event.event_id,
                "customer_id": CUSTOMER,
                "type": event.type,
                "at": event.occurred_at,
                "received_at": event.occurred_at + RECEIVED_LATER,
                "body": json_text(event.model_dump(mode="json", exclude_none=True)),
            }
            for event in events
        ]
        if rows:
            self.execute(
                "INSERT INTO event_inbox (event_id, customer_id, type, occurred_at, received_at, body, status) VALUES "
                "(:event_id, :customer_id, :type, :at, :received_at, CAST(:body AS jsonb), 'RECEIVED')",
                rows,
            )

    def open(self, since: datetime | None = None) -> Customer:
        """Begin an epoch and fold the ledger, as a workflow does that starts or has to start over."""
        opened = self.run(self._processor.open(OpenRequest(CUSTOMER, EMAIL, END, since)))
        return unpack_customer(CUSTOMER, EMAIL, opened.customer)

    def apply(self, customer: Customer, events: Sequence[AnyEvent]) -> Customer:
        """Apply events in one write, as a workflow applies signals; the customer after it."""
        batch = Batch(customer)
        try:
            for event in events:
                batch.take(Signal(SIGNALS[event.type], event.model_dump_json(exclude_none=True)), END, POLICY)
        except NeedsLedger as late:
            return self.apply(self.open(late.since), events)
        batch.let_time_pass(END, POLICY)
        if not batch.lasting:
            return batch.customer
        written = self.run(self._processor.persist(batch.written(customer, END, POLICY)))
        return replace(batch.customer, revision=written.revision)

    def import_(self, known: Sequence[AnyEvent], fresh: Sequence[AnyEvent]) -> None:
        """Import events in addition to those that are applied already."""
        stored = self.run(read_customers(self.engine, [CUSTOMER], []))[0][CUSTOMER]
        past = fold_import(CUSTOMER, EMAIL, fresh, END, POLICY, stored=known, stored_at=stored.updated_at)
        write = WrittenPast(
            customer_id=CUSTOMER,
            email=EMAIL,
            epoch=stored.epoch,
            revision=stored.revision,
            written_at=past.written_at,
            earliest=min(event.occurred_at for event in fresh),
            profile=past.profile,
            events=[
                {
                    "event_id": event.event_id,
                    "type": event.type,
                    "occurred_at": event.occurred_at,
                    "body": event.model_dump(mode="json", exclude_none=True),
                }
                for event in (*fresh, *past.checks)
            ],
            transitions=past.transitions,
            orders=past.orders,
            references=(),
        )
        assert self.run(write_customers(self.engine, [write], END)) == {CUSTOMER}


@pytest.fixture
def written_customer(database_url: str, clean_database: None) -> Iterator[WrittenCustomer]:
    """A customer of whom nothing is written yet."""
    with asyncio.Runner() as runner:
        engine = create_engine(worker_url(database_url, WORKER_ROLE, WORKER_PASSWORD))
        yield WrittenCustomer(engine, runner)
        runner.run(engine.dispose())
