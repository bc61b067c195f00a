"""The figures a shop may set, in one value."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from lifecycle.states import State


@dataclass(frozen=True)
class Policy:
    """When a customer moves, and what counts as what. The defaults are the brief's.

    Money is in the store's `currency`; spans count from the last order, except `cart_timeout`, which counts
    from the cart's last change, and `nudge_pause`, the least time between two series of cart nudges. With
    `double_opt_in`, who agrees to e-mail is asked to confirm it.
    """

    vip_threshold: Decimal = Decimal("500.00")
    cart_timeout: timedelta = timedelta(hours=1)
    at_risk_after: timedelta = timedelta(days=90)
    churned_after: timedelta = timedelta(days=180)
    check_after: timedelta = timedelta(days=60)
    checked_states: frozenset[State] = frozenset({State.CUSTOMER, State.REPEAT, State.REACTIVATED})
    nudge_pause: timedelta = timedelta(days=7)
    currency: str = "USD"
    service_skus: frozenset[str] = frozenset()
    double_opt_in: bool = False

    def __post_init__(self) -> None:
        if self.churned_after <= self.at_risk_after or self.churned_after <= self.check_after:
            raise ValueError("a customer must be at risk before being lost: raise churned_after")
        if not self.checked_states <= {State.CUSTOMER, State.REPEAT, State.REACTIVATED, State.VIP}:
            raise ValueError("the daily check moves active customers only")
