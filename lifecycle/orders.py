"""What each order counts for: the rows of the `orders` table, made from the fold's own records."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lifecycle.ledger_events import AnyEvent
from lifecycle.standing import OrderRecord
from retention_client.events import OrderPaid


@dataclass(frozen=True)
class OrderUpdate:
    """What one paid order counts for now. Money is in the store's currency.

    `event_id`, `placed_at` and `currency` are those of the earliest ORDER_PAID among the events that caused the
    update. They are None when only refunds did: the row already has them.
    """

    order_id: str
    total: Decimal
    refunded: Decimal
    counted: bool
    event_id: str | None = None
    placed_at: datetime | None = None
    currency: str | None = None


def order_updates(
    before: Mapping[str, OrderRecord], after: Mapping[str, OrderRecord], events: Iterable[AnyEvent]
) -> tuple[OrderUpdate, ...]:
    """The paid orders that `events` reported or changed, by id. With nothing `before`, all orders of the events.

    An order of which only a refund is known is not among them.
    """
    reports = _earliest_reports(events)
    changed = reports.keys() | {order_id for order_id, record in after.items() if record != before.get(order_id)}
    return tuple(
        _update(order_id, after[order_id], record.total, reports.get(order_id))
        for order_id in sorted(changed)
        if (record := after.get(order_id)) is not None and record.total is not None
    )


def _earliest_reports(events: Iterable[AnyEvent]) -> dict[str, OrderPaid]:
    paid = [event for event in events if isinstance(event, OrderPaid)]
    latest_first = sorted(paid, key=lambda event: (event.occurred_at, event.event_id), reverse=True)
    return {event.order.order_id: event for event in latest_first}


def _update(order_id: str, record: OrderRecord, total: Decimal, report: OrderPaid | None) -> OrderUpdate:
    return OrderUpdate(
        order_id=order_id,
        total=total,
        refunded=record.refunded,
        counted=bool(record.counted),
        event_id=report.event_id if report else None,
        placed_at=report.occurred_at if report else None,
        currency=report.order.currency if report else None,
    )
