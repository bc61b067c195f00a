"""A log: campaigns, messages and what became of them, orders and refunds, written straight into PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, insert, text

from db.campaigns.campaign_results import Period
from db.engine.connections import json_text
from db.schema.tables import Base, Campaign, Communication, CustomerProfile, InboxEvent, MessageEvent
from tests.fixtures.stack import Answer
from tests.starter.commands.conftest import Command, alone, in_process

__all__ = ["alone", "in_process"]

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
        self._numbers = iter(range(1_000_000))
        self._campaigns: dict[tuple[str, int], int] = {}

    def campaign(self, slug: str = "care", step: int = 1, **fields: Any) -> None:
        """A campaign that is live, or one more step of it."""
        usual = {"name": slug.title(), "trigger_event": "ORDER_PAID", "channel": "EMAIL", "status": "live"}
        values = {**usual, "slug": slug, "step": step, **fields}
        made = insert(Campaign).values(values).returning(Campaign.id)
        self._campaigns[slug, step] = self.connection.execute(made).scalar_one()

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
        """A message that was sent when it was due, unless told otherwise; its key."""
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
        told_at: datetime | None = None,
    ) -> None:
        """A paid order; we hear of it when it happens, unless told otherwise."""
        order = {"order_id": order_id, "total": total, "currency": "USD"}
        self.event("ORDER_PAID", customer, at, told_at, order=order)

    def refund(self, order_id: str, customer: str = "ada", *, at: datetime = START + 9 * DAY, **fields: Any) -> None:
        """Money of an order went back."""
        self.event("ORDER_REFUNDED", customer, at, None, order_id=order_id, **{"cancelled": False, **fields})

    def event(self, type_: str, customer: str, at: datetime, told_at: datetime | None, **body: Any) -> None:
        """An event that was applied."""
        event_id = f"e-{next(self._numbers):06}"
        told = {"type": type_, "event_id": event_id, "customer_email": f"{customer}@example.com", "occurred_at": at}
        values = {
            "event_id": event_id,
            "customer_id": customer_of(customer),
            "type": type_,
            "occurred_at": at,
            "received_at": told_at or at,
            "status": "APPLIED",
            "body": {**told, **body},
        }
        self.connection.execute(insert(InboxEvent).values(values))

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


@pytest.fixture
def stats(log: Log, database_url: str, alone: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`stats("care", "--json")` on the log, for a shop in Berlin that counts in dollars."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SHOP_TIME_ZONE", "Europe/Berlin")

    def command(*arguments: str | Path) -> Answer:
        return alone("campaign", "stats", *arguments)

    return command
