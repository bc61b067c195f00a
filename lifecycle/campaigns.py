"""A step of a campaign as the rules see it: what triggers it, whom it is for, what ends it."""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lifecycle.states import State


class CampaignStatus(StrEnum):
    """A draft is never planned; a paused one waits; a live one sends."""

    DRAFT = "draft"
    LIVE = "live"
    PAUSED = "paused"


class Purpose(StrEnum):
    """Transactional mail answers what the customer did; marketing needs their consent."""

    TRANSACTIONAL = "transactional"
    MARKETING = "marketing"


class Repeat(StrEnum):
    """How often one customer may get a campaign."""

    ONCE = "once"
    ALWAYS = "always"
    AFTER_DAYS = "after_days"


class Approval(StrEnum):
    """Whether a person has to approve what a language model wrote before customers get it."""

    NONE = "none"
    REQUIRED = "required"


class Exit(StrEnum):
    """What ends a message that was planned and not yet sent."""

    PURCHASE = "purchase"
    REFUND = "refund"
    CART_CLOSED = "cart_closed"
    LEFT_STATE = "left_state"


Channel = Literal["EMAIL", "SMS"]
TRIGGER_PATTERN = r"^(ORDER_PAID|CART_ABANDONED|CUSTOM:[A-Za-z0-9_.\-]{1,40}|ENTERED_STATE_(" + "|".join(State) + r"))$"
TriggerEvent = Annotated[str, Field(pattern=TRIGGER_PATTERN)]


class Conditions(BaseModel):
    """Whom a campaign is for. Every condition that is set must hold. Values are in the store's currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    skus: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    min_value: Decimal | None = None
    max_value: Decimal | None = None
    min_orders: int | None = None
    max_orders: int | None = None

    def unmet(self, context: dict[str, Any], order_count: int) -> str | None:
        """Return the name of the first condition that a trigger's context does not meet; None if it meets all."""
        basket = context.get("order") or context.get("cart") or {}
        items = basket.get("items", ())
        value = Decimal(str(basket.get("total", basket.get("value", 0))))
        country = basket.get("shipping_country") or basket.get("country")
        checks = (
            ("skus", not self.skus or any(item["sku"] in self.skus for item in items)),
            (
                "categories",
                not self.categories or any(item.get("category") in self.categories for item in items),
            ),
            ("countries", not self.countries or country in self.countries),
            ("min_value", self.min_value is None or value >= self.min_value),
            ("max_value", self.max_value is None or value <= self.max_value),
            ("min_orders", self.min_orders is None or order_count >= self.min_orders),
            ("max_orders", self.max_orders is None or order_count <= self.max_orders),
        )
        return next((name for name, holds in checks if not holds), None)


class VariantWeight(BaseModel):
    """One side of an A/B test; its share of the customers is its `weight` in the sum of weights."""

    model_config = ConfigDict(frozen=True)

    name: str
    weight: int = 1


class Campaign(BaseModel):
    """One step with the rules of its campaign. Delays and expiry are hours; `delay_hours` counts from the trigger.

    With `send_at_hour` it waits for that hour of the customer's day. `holdout` is the percentage of customers who never
    get the campaign; `variants` are the arms of an A/B test.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    slug: str
    step: int
    name: str
    trigger_event: str
    channel: Channel
    status: CampaignStatus
    purpose: Purpose
    delay_hours: int
    expires_hours: int
    repeat: Repeat = Repeat.ALWAYS
    repeat_after_days: int | None = None
    conditions: Conditions = Conditions()
    exit_on: frozenset[Exit] = frozenset()
    max_products: int | None = None
    priority: int = 100
    send_at_hour: int | None = None
    holdout: int = 0
    variants: tuple[VariantWeight, ...] = ()
    coupon_pool: str | None = None
    coupon_fallback: str | None = None
    approval: Approval = Approval.NONE

    def due_at(self, triggered_at: datetime) -> datetime:
        """When a message of this step is to be sent."""
        return triggered_at + timedelta(hours=self.delay_hours)

    def expires_at(self, triggered_at: datetime) -> datetime:
        """When a message that was not sent is dropped."""
        return self.due_at(triggered_at) + timedelta(hours=self.expires_hours)
