"""From the rows of one customer's orders to events: purchases, cancellations, refunds and their orders."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import TypeVar

from operations.importing.contacts import ContactRow, ImportedEvent, checked_event, consent_events
from operations.importing.order_lines import COUNTRIES, OrderLine
from operations.importing.refusal import RowRefused
from operations.importing.times import TimeReader
from operations.importing.values import cents

MOST_ITEMS = 1000
"""The most items in one order's event; its total counts all of them."""

Refuse = Callable[[Iterable[int], str], None]
ZERO = Decimal("0.00")
Value = TypeVar("Value", str, Decimal)


@dataclass(frozen=True)
class _KnownOrder:
    """An order, as rows of a refund without an order id find it."""

    order_id: str
    at: datetime
    skus: frozenset[str]


class OrderReader:
    """Reads customers one at a time. `refuse` is called with the lines that cannot be used and the reason."""

    def __init__(self, *, identity_key: bytes, currency: str, times: TimeReader, refuse: Refuse) -> None:
        self._identity_key = identity_key
        self._currency = currency
        self._clock = times
        self._refuse = refuse

    def read(self, email: str, lines: Sequence[OrderLine]) -> list[ImportedEvent]:
        """The events of one customer, whose lines are grouped by order."""
        read: list[ImportedEvent] = []
        orders: list[_KnownOrder] = []
        refunds: list[list[OrderLine]] = []
        for _, rows in groupby(lines, key=lambda line: line.order_id):
            group = list(rows)
            bought = [line for line in group if line.refund_id is None]
            if bought and all(line.is_refund for line in bought):
                refunds.append(group)
                continue
            try:
                order, events = self._order(email, group)
            except RowRefused as reason:
                self._refuse((line.number for line in group), str(reason))
                continue
            if order is not None:
                orders.append(order)
            read += events
        for group in refunds:
            read += self._unnamed_refund(email, group, orders)
        return [*read, *self._consent(email, read, lines)]

    def _order(self, email: str, group: Sequence[OrderLine]) -> tuple[_KnownOrder | None, list[ImportedEvent]]:
        order_id = _same("live_order_id", (line.live_order_id for line in group)) or group[0].order_id
        bought = [line for line in group if line.refund_id is None]
        events = list(self._named_refunds(email, order_id, group))
        if not bought:
            return None, events
        at = min((line.at for line in bought if line.at is not None), default=None)
        if at is None:
            raise RowRefused("occurred_at: is missing")
        given = _same("total", (line.total for line in bought))
        total = sum((line.amount for line in bought), ZERO) if given is None else given
        if given is None and not any(line.unit_price is not None for line in bought):
            raise RowRefused("has neither a total nor a price")
        items = [_item(line) for line in bought if line.sku is not None and line.quantity > 0 and line.amount >= 0]
        order: dict[str, object] = {
            "order_id": order_id,
            "total": cents(total),
            "currency": self._currency_of(bought),
            "items": items[:MOST_ITEMS],
            **{name: _either(bought, name) for name in ("cart_id", *COUNTRIES)},
        }
        contact = {name: _either(bought, name) for name in ("name", "phone", "locale", "time_zone")}
        numbers = tuple(line.number for line in bought)
        paid = self._event(email, "ORDER_PAID", f"order:{order_id}", at, numbers, order=order, **contact)
        known = _KnownOrder(order_id, at, frozenset(line.sku for line in bought if line.sku is not None))
        return known, [paid, *self._refunds_of_order(email, order_id, at, bought), *events]

    def _refunds_of_order(
        self, email: str, order_id: str, at: datetime, lines: Sequence[OrderLine]
    ) -> Iterator[ImportedEvent]:
        """The refund in an order's own columns. A refund without a time counts as of the order."""
        cancelled_at = min((line.cancelled_at for line in lines if line.cancelled_at is not None), default=None)
        refunded = max((line.refunded for line in lines if line.refunded is not None), default=ZERO)
        if cancelled_at is not None or any(line.cancelled for line in lines):
            when = max(at, cancelled_at or at)
            numbers = tuple(line.number for line in lines)
            yield self._event(
                email, "ORDER_REFUNDED", f"cancelled:{order_id}", when, numbers, order_id=order_id, cancelled=True
            )
        elif refunded > 0:
            yield self._refund(email, order_id, "import", refunded, at, lines)

    def _named_refunds(self, email: str, order_id: str, group: Sequence[OrderLine]) -> Iterator[ImportedEvent]:
        """The refunds of rows with a `refund_id`, which name their order."""
        for refund_id in sorted({line.refund_id for line in group if line.refund_id is not None}):
            lines = [line for line in group if line.refund_id == refund_id]
            at = min((line.at for line in lines if line.at is not None), default=None)
            if at is None:
                raise RowRefused("occurred_at: is missing")
            yield self._refund(email, order_id, refund_id, _refunded_amount(lines), at, lines)

    def _unnamed_refund(
        self, email: str, group: Sequence[OrderLine], orders: Sequence[_KnownOrder]
    ) -> list[ImportedEvent]:
        """The refunds of rows that do not name an order: each refunds the latest earlier order with its article."""
        at = min((line.at for line in group if line.at is not None), default=None)
        found: dict[str, list[OrderLine]] = {}
        for line in group:
            before = [order for order in orders if at is not None and order.at <= at and line.sku in order.skus]
            if before:
                latest = max(before, key=lambda order: (order.at, order.order_id))
                found.setdefault(latest.order_id, []).append(line)
            else:
                self._refuse([line.number], "refunds an article that no earlier order of the customer has")
        events: list[ImportedEvent] = []
        for order_id, lines in found.items():
            try:
                # The total of the rows does not say how it is split between several orders.
                refunded = _refunded_amount(lines) if len(lines) == len(group) else _of_items(lines)
                events.append(self._refund(email, order_id, group[0].order_id, refunded, at, lines))
            except RowRefused as reason:
                self._refuse((line.number for line in lines), str(reason))
        return events

    def _refund(
        self,
        email: str,
        order_id: str,
        refund_id: str,
        refunded: Decimal,
        at: datetime | None,
        lines: Sequence[OrderLine],
    ) -> ImportedEvent:
        key = f"refund:{order_id}:{refund_id}"
        amount = {"amount": cents(refunded), "currency": self._currency_of(lines)}
        numbers = tuple(line.number for line in lines)
        return self._event(email, "ORDER_REFUNDED", key, at, numbers, order_id=order_id, refund_id=refund_id, **amount)

    def _currency_of(self, lines: Sequence[OrderLine]) -> str:
        return _same("currency", (line.texts.get("currency") for line in lines)) or self._currency

    def _consent(self, email: str, read: Sequence[ImportedEvent], lines: Sequence[OrderLine]) -> list[ImportedEvent]:
        used = {number for one in read for number in one.lines}
        return [
            one
            for line in lines
            if line.number in used and line.consent
            for one in consent_events(
                ContactRow(line.number, email, {}, line.consent, consent_at=line.consent_at),
                self._identity_key,
                self._clock,
                self._currency,
            )
        ]

    def _event(
        self, email: str, type_: str, key: str, at: datetime | None, lines: tuple[int, ...], **fields: object
    ) -> ImportedEvent:
        body = {"type": type_, "event_id": f"import:{key}", "customer_email": email, "occurred_at": at, **fields}
        return ImportedEvent(checked_event(body, self._currency), lines)


def _same(name: str, values: Iterable[Value | None]) -> Value | None:
    """The value of an order's rows, which must be the same in all rows that have one. Raises `RowRefused`."""
    found = {value for value in values if value is not None}
    if len(found) > 1:
        raise RowRefused(f"{name}: differs between the rows of one order")
    return next(iter(found), None)


def _either(lines: Sequence[OrderLine], name: str) -> str | None:
    """A value in which rows may differ: the choice does not depend on their order."""
    return min((line.texts[name] for line in lines if name in line.texts), default=None)


def _item(line: OrderLine) -> dict[str, object]:
    return {
        "sku": line.sku,
        "name": line.texts.get("item_name", ""),
        "quantity": line.quantity,
        "unit_price": cents(line.unit_price or ZERO),
        "category": line.texts.get("category"),
    }


def _refunded_amount(lines: Sequence[OrderLine]) -> Decimal:
    """The amount of one refund's rows: the one that they state, or else the sum of their items."""
    refunded = _same("refunded_amount", (line.refunded for line in lines))
    total = _same("total", (line.total for line in lines)) if refunded is None else refunded
    return _of_items(lines) if total is None else abs(total)


def _of_items(lines: Sequence[OrderLine]) -> Decimal:
    return sum((abs(line.amount) for line in lines), ZERO)
