"""A customer's state and totals: the value that a fold of facts produces."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from lifecycle.states import State

BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class OrderRecord:
    """What one order still counts for.

    `total` is None while only its refund is known. A cancellation states the whole amount and single refunds add up;
    the larger of the two, at most the total, went back, so that a cancellation and its refund are subtracted once.
    """

    total: Decimal | None = None
    refunds: dict[str, Decimal] = field(default_factory=dict)
    cancelled: bool = False
    cancelled_amount: Decimal | None = None

    @property
    def refunded(self) -> Decimal:
        """What went back to the customer."""
        if self.total is None:
            return Decimal("0.00")
        level = Decimal("0.00")
        if self.cancelled:
            level = self.total if self.cancelled_amount is None else self.cancelled_amount
        return min(self.total, max(level, sum(self.refunds.values(), Decimal("0.00"))))

    @property
    def spend(self) -> Decimal:
        """What the customer paid for it, less what went back."""
        return Decimal("0.00") if self.total is None else self.total - self.refunded

    @property
    def undone(self) -> bool:
        """The whole order was taken back."""
        return self.cancelled or (self.total is not None and self.total > 0 and self.refunded == self.total)

    @property
    def counted(self) -> int:
        """1 for an order that was paid and not undone, else 0."""
        return int(self.total is not None and not self.undone)


@dataclass(frozen=True)
class Standing:
    """State and totals after every fact up to `at`, `event_id`."""

    state: State = State.VISITOR
    total_spend: Decimal = Decimal("0.00")
    order_count: int = 0
    last_order_date: datetime | None = None
    orders: dict[str, OrderRecord] = field(default_factory=dict)
    at: datetime = BEGINNING
    event_id: str = ""
    changed_at: datetime = BEGINNING

    def has_paid(self, order_id: str) -> bool:
        """Whether the order is known, not only its refund."""
        order = self.orders.get(order_id)
        return order is not None and order.total is not None


@dataclass(frozen=True)
class Transition:
    """A step between two states. `cause` is the event's id or the rule's text; `restated` marks a corrected past."""

    from_state: State
    to_state: State
    at: datetime
    cause: str
    restated: bool = False
