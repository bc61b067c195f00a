"""The triggers of campaigns in what happens to a customer."""

from datetime import datetime
from typing import Any

from lifecycle.carts import OpenCart
from lifecycle.contact import Contact
from lifecycle.history import HistoryUpdate
from lifecycle.ledger_events import AnyEvent
from lifecycle.messages import Trigger
from lifecycle.policy import Policy
from retention_client.events import Cart, CartChanged, Custom, OrderPaid

CONFIRM_SUBSCRIPTION = "confirm-subscription"
"""The name of the event, and of the campaign, that asks the address to confirm a consent."""


def triggered_by(event: AnyEvent, *, new_order: bool) -> tuple[Trigger, ...]:
    """The trigger in an event itself. An order that was reported before is none."""
    match event:
        case OrderPaid() if new_order:
            return (Trigger("ORDER_PAID", event.order.order_id, event.occurred_at, context_of(event)),)
        case Custom():
            return (Trigger(f"CUSTOM:{event.name}", event.event_id, event.occurred_at, context_of(event)),)
        case _:
            return ()


def unconfirmed(event: AnyEvent, contact: Contact, policy: Policy) -> tuple[Trigger, ...]:
    """The trigger of an event that newly consents to e-mail and has to be confirmed."""
    said = contact.said.get("consent_email")
    asks = policy.double_opt_in and said is not None and said.event_id == event.event_id and said.value is True
    if not asks or contact.is_confirmed():
        return ()
    context = {"event": {"name": CONFIRM_SUBSCRIPTION}}
    return (Trigger(f"CUSTOM:{CONFIRM_SUBSCRIPTION}", event.event_id, event.occurred_at, context),)


def entered(learned: HistoryUpdate, context: dict[str, Any]) -> tuple[Trigger, ...]:
    """The trigger of the state that the customer entered last, if there was a transition."""
    if not learned.transitions:
        return ()
    rest = learned.transitions[-1]
    last: datetime | None = learned.history.current.last_order_date
    occurrence = f"{rest.to_state}:{last.isoformat() if last else '-'}"
    return (Trigger(f"ENTERED_STATE_{rest.to_state}", occurrence, rest.at, context),)


def cart_abandoned(cart: OpenCart, policy: Policy) -> Trigger:
    """The trigger of an abandoned cart."""
    return Trigger("CART_ABANDONED", cart.cart.cart_id, cart.updated_at + policy.cart_timeout, _of_cart(cart.cart))


def context_of(event: AnyEvent) -> dict[str, Any]:
    """The data of an event for conditions and templates, as JSON: `order`, `cart` with its `value`, or `event`."""
    match event:
        case OrderPaid():
            return {"order": event.order.model_dump(mode="json", exclude_none=True)}
        case CartChanged():
            return _of_cart(event.cart)
        case Custom():
            return {"event": {"name": event.name, **event.properties}}
        case _:
            return {}


def _of_cart(cart: Cart) -> dict[str, Any]:
    return {"cart": {**cart.model_dump(mode="json", exclude_none=True), "value": str(cart.value)}}
