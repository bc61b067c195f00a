"""A log: campaigns, messages and what became of them, orders and refunds, written straight into PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, insert, text, update

from db.campaigns.campaign_results import Period
from db.engine.connections import json_text
from db.schema.tables import Base, Communication, CustomerOrder, CustomerProfile, MessageEvent
from tests.fixtures.campaign_rows import insert_step

START = datetime(2026, 11, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WINDOW = 5 * DAY
EVER = Period()


def key_of(name: str) -> str:
    """The key of a message that a test calls by a name."""
    return sha256(name.encode()).hexdigest()


def customer_of(name: str) -> str:
    """The id of a customer that a test calls by a name."""
    return name.upper().rjust(26, "A")


class Log:
    """Writes rows. Messages and customers have names of the test's choice."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._campaigns: dict[tuple[str, int], int] = {}
        self._names: dict[str, str] = {}

    def campaign(self, slug: str = "care", step: int = 1, **fields: Any) -> None:
        """A campaign that is live, or one more step of it."""
        usual = {"name": slug.title(), "trigger_event": "ORDER_PAID", "channel": "EMAIL", "status": "live"}
        values = {**usual, "slug": slug, "step": step, **fields}
        if step > 1:
            # A step has its campaign's name.
            values["name"] = self._names[slug]
        self._names[slug] = str(values["name"])
        self._campaigns[slug, step] = self.connection.execute(insert_step(values)).scalar_one()

    def message(
        self,
        name: str,
        customer: str = "ada",
        *,
        slug: str = "care",
        step: int = 1,
        due: datetime = START,
        sent: datetime | None = START,
        **fields: Any,
    ) -> str:
        """A message that was sent when it was due, unless `sent` says otherwise; returns its key."""
        values = {
            "message_key": key_of(name),
            "customer_id": customer_of(customer),
            "campaign_id": self._campaigns[slug, step],
            "status": "SENT" if sent else "SKIPPED",
            "planned_at": due - HOUR,
            "due_at": due,
            "expires_at": due + 3 * DAY,
            "sent_at": sent,
            "provider": "smtp" if sent else None,
            **fields,
        }
        self.connection.execute(insert(Communication).values(values))
        return key_of(name)

    def happened(self, name: str, kind: str, at: datetime = START + HOUR, *, machine: bool = False) -> None:
        """Something became of a message."""
        values = {"message_key": key_of(name), "kind": kind, "occurred_at": at, "is_machine": machine}
        self.connection.execute(insert(MessageEvent).values(values))

    def order(
        self,
        order_id: str,
        customer: str = "ada",
        *,
        at: datetime,
        total: str = "100.00",
        reported_at: datetime | None = None,
    ) -> None:
        """A paid order; it is reported when it happens unless `reported_at` says otherwise."""
        values = {
            "customer_id": customer_of(customer),
            "order_id": order_id,
            "event_id": f"paid:{customer}:{order_id}",
            "placed_at": at,
            "reported_at": reported_at or at,
            "total": Decimal(total),
            "refunded": Decimal(0),
            "counted": True,
            "currency": "USD",
        }
        self.connection.execute(insert(CustomerOrder).values(values))

    def refund(self, order_id: str, customer: str = "ada", *, amount: str, counted: bool = True) -> None:
        """So much of an order went back; one that was cancelled is no longer `counted`."""
        is_it = (CustomerOrder.customer_id == customer_of(customer), CustomerOrder.order_id == order_id)
        values = {"refunded": Decimal(amount), "counted": counted}
        self.connection.execute(update(CustomerOrder).where(*is_it).values(values))

    def profile(self, customer: str, lives_at: datetime) -> None:
        """A customer's row, last written at their own time."""
        values = {"customer_id": customer_of(customer), "customer_email": f"{customer}@example.com"}
        self.connection.execute(insert(CustomerProfile).values({**values, "updated_at": lives_at}))

    def clear(self) -> None:
        """Nothing is left of all that."""
        tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
        self.connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
        self._campaigns.clear()


@pytest.fixture
def log(database_url: str, clean_database: None) -> Iterator[Log]:
    """An empty log."""
    engine = create_engine(
        database_url.replace("postgresql://", "postgresql+psycopg://"),
        isolation_level="AUTOCOMMIT",
        json_serializer=json_text,
    )
    with engine.connect() as connection:
        log = Log(connection)
        yield log
        log.clear()
    engine.dispose()
