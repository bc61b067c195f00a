"""From the rows of one customer's orders to events: what was bought, what went back, and on which order."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import TypeVar

from operations.importing.contacts import Contact, Told, checked, consent_told_by
from operations.importing.moments import Clock
from operations.importing.order_lines import COUNTRIES, OrderLine
from operations.importing.refusal import Refused
from operations.importing.values import cents

MOST_ITEMS = 1000
"""Items that an order's event carries; its total counts them all."""

Refuse = Callable[[Iterable[int], str], None]
ZERO = Decimal("0.00")
Value = TypeVar("Value", str, Decimal)


@dataclass(frozen=True)
class _Order:
    """An order as the later rows that give something back look for it."""

    order_id: str
    at: datetime
    skus: frozenset[str]


class OrderReader:
    """Reads customers one at a time. `refuse` is told of the lines that could not be used, with the reason."""

    def __init__(self, *, identity_key: bytes, currency: str, clock: Clock, refuse: Refuse) -> None:
        self._identity_key = identity_key
        self._currency = currency
        self._clock = clock
        self._refuse = refuse

    def read(self, customer: str, lines: Sequence[OrderLine]) -> list[Told]:
        """The events of one customer, whose lines lie together by order."""
        told: list[Told] = []
        orders: list[_Order] = []
        backwards: list[list[OrderLine]] = []
        for _, rows in groupby(lines, key=lambda line: line.order_id):
            group = list(rows)
            bought = [line for line in group if line.refund_id is None]
            if bought and all(line.gives_back for line in bought):
                backwards.append(group)
                continue
            try:
                order, events = self._order(customer, group)
            except Refused as reason:
                self._refuse((line.number for line in group), str(reason))
                continue
            if order is not None:
                orders.append(order)
            told += events
        for group in backwards:
            told += self._cancellation(customer, group, orders)
        return [*told, *self._consent(customer, told, lines)]

    def _order(self, customer: str, group: Sequence[OrderLine]) -> tuple[_Order | None, list[Told]]:
        order_id = _agreed("live_order_id", (line.live_order_id for line in group)) or group[0].order_id
        bought = [line for line in group if line.refund_id is None]
        events = list(self._named_refunds(customer, order_id, group))
        if not bought:
            return None, events
        at = min((line.at for line in bought if line.at is not None), default=None)
        if at is None:
            raise Refused("occurred_at: is missing")
        given = _agreed("total", (line.total for line in bought))
        total = sum((line.amount for line in bought), ZERO) if given is None else given
        if given is None and not any(line.unit_price is not None for line in bought):
            raise Refused("has neither a total nor a price")
        items = [_item(line) for line in bought if line.sku is not None and line.quantity > 0 and line.amount >= 0]
        whole: dict[str, object] = {
            "order_id": order_id,
            "total": cents(total),
            "currency": self._currency_of(bought),
            "items": items[:MOST_ITEMS],
            **{name: _either(bought, name) for name in ("cart_id", *COUNTRIES)},
        }
        said = {name: _either(bought, name) for name in ("name", "phone", "locale", "time_zone")}
        numbers = tuple(line.number for line in bought)
        paid = self._event(customer, "ORDER_PAID", f"order:{order_id}", at, numbers, order=whole, **said)
        known = _Order(order_id, at, frozenset(line.sku for line in bought if line.sku is not None))
        return known, [paid, *self._taken_back(customer, order_id, at, bought), *events]

    def _taken_back(self, customer: str, order_id: str, at: datetime, lines: Sequence[OrderLine]) -> Iterator[Told]:
        """What an order's own columns say of its end. Money that went back at no known time was never earned."""
        cancelled_at = min((line.cancelled_at for line in lines if line.cancelled_at is not None), default=None)
        refunded = max((line.refunded for line in lines if line.refunded is not None), default=ZERO)
        if cancelled_at is not None or any(line.cancelled for line in lines):
            when = max(at, cancelled_at or at)
            numbers = tuple(line.number for line in lines)
            yield self._event(
                customer, "ORDER_REFUNDED", f"cancelled:{order_id}", when, numbers, order_id=order_id, cancelled=True
            )
        elif refunded > 0:
            yield self._refund(customer, order_id, "import", refunded, at, lines)

    def _named_refunds(self, customer: str, order_id: str, group: Sequence[OrderLine]) -> Iterator[Told]:
        """Rows with a `refund_id`: they name the order themselves."""
        for refund_id in sorted({line.refund_id for line in group if line.refund_id is not None}):
            lines = [line for line in group if line.refund_id == refund_id]
            at = min((line.at for line in lines if line.at is not None), default=None)
            if at is None:
                raise Refused("occurred_at: is missing")
            yield self._refund(customer, order_id, refund_id, _given_back(lines), at, lines)

    def _cancellation(self, customer: str, group: Sequence[OrderLine], orders: Sequence[_Order]) -> list[Told]:
        """Rows that take something back without saying of which order: of the latest with that article before them."""
        at = min((line.at for line in group if line.at is not None), default=None)
        found: dict[str, list[OrderLine]] = {}
        for line in group:
            before = [order for order in orders if at is not None and order.at <= at and line.sku in order.skus]
            if before:
                latest = max(before, key=lambda order: (order.at, order.order_id))
                found.setdefault(latest.order_id, []).append(line)
            else:
                self._refuse([line.number], "gives back what no earlier order of the customer has")
        told: list[Told] = []
        for order_id, lines in found.items():
            try:
                # What the rows say of the whole is not to be had from each of several orders.
                back = _given_back(lines) if len(lines) == len(group) else _of_items(lines)
                told.append(self._refund(customer, order_id, group[0].order_id, back, at, lines))
            except Refused as reason:
                self._refuse((line.number for line in lines), str(reason))
        return told

    def _refund(
        self,
        customer: str,
        order_id: str,
        refund_id: str,
        back: Decimal,
        at: datetime | None,
        lines: Sequence[OrderLine],
    ) -> Told:
        key = f"refund:{order_id}:{refund_id}"
        amount = {"amount": cents(back), "currency": self._currency_of(lines)}
        numbers = tuple(line.number for line in lines)
        return self._event(
            customer, "ORDER_REFUNDED", key, at, numbers, order_id=order_id, refund_id=refund_id, **amount
        )

    def _currency_of(self, lines: Sequence[OrderLine]) -> str:
        return _agreed("currency", (line.texts.get("currency") for line in lines)) or self._currency

    def _consent(self, customer: str, told: Sequence[Told], lines: Sequence[OrderLine]) -> list[Told]:
        used = {number for one in told for number in one.lines}
        return [
            one
            for line in lines
            if line.number in used and line.consent
            for one in consent_told_by(
                Contact(line.number, customer, {}, line.consent, consent_at=line.consent_at),
                self._identity_key,
                self._clock,
                self._currency,
            )
        ]

    def _event(
        self, customer: str, type_: str, key: str, at: datetime | None, lines: tuple[int, ...], **fields: object
    ) -> Told:
        body = {"type": type_, "event_id": f"import:{key}", "customer_email": customer, "occurred_at": at, **fields}
        return Told(checked(body, self._currency), lines)


def _agreed(name: str, values: Iterable[Value | None]) -> Value | None:
    """The one value of an order's rows that is not empty."""
    found = {value for value in values if value is not None}
    if len(found) > 1:
        raise Refused(f"{name}: differs between the rows of one order")
    return next(iter(found), None)


def _either(lines: Sequence[OrderLine], name: str) -> str | None:
    """A detail on which rows may differ: the same one whatever their order."""
    return min((line.texts[name] for line in lines if name in line.texts), default=None)


def _item(line: OrderLine) -> dict[str, object]:
    return {
        "sku": line.sku,
        "name": line.texts.get("item_name", ""),
        "quantity": line.quantity,
        "unit_price": cents(line.unit_price or ZERO),
        "category": line.texts.get("category"),
    }


def _given_back(lines: Sequence[OrderLine]) -> Decimal:
    """What goes back by the rows of one refund: what they agree that it is, or else what their items sum to."""
    refunded = _agreed("refunded_amount", (line.refunded for line in lines))
    total = _agreed("total", (line.total for line in lines)) if refunded is None else refunded
    return _of_items(lines) if total is None else abs(total)


def _of_items(lines: Sequence[OrderLine]) -> Decimal:
    return sum((abs(line.amount) for line in lines), ZERO)
