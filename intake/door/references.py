"""Names that shops give a customer, as the inbox spells them. They hold no address."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from retention_client.events import CartChanged, OrderPaid, OrderRefunded, StorefrontEvent


def customer(source: str, number: object) -> str:
    """The customer `number` of the shop system `source`."""
    return f"customer/{source}/{number}"


def order(order_id: str) -> str:
    """Whoever paid an order."""
    return f"order/{order_id}"


def cart(cart_id: str) -> str:
    """Whoever filled a cart, or went to the checkout with it."""
    return f"cart/{cart_id}"


def phone(number: str) -> str | None:
    """Whoever can be reached at a telephone number in international form; None when it is none."""
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return None
    return f"phone/{phonenumbers.format_number(parsed, PhoneNumberFormat.E164)}"


def of_event(event: StorefrontEvent) -> tuple[str, ...]:
    """The names that an event tells by itself, the surest first."""
    found: list[str | None] = []
    match event:
        case OrderPaid():
            found = [order(event.order.order_id), cart(event.order.cart_id) if event.order.cart_id else None]
        case OrderRefunded():
            found = [order(event.order_id)]
        case CartChanged():
            found = [cart(event.cart.cart_id)]
    found.append(phone(event.phone) if event.phone else None)
    return tuple(name for name in found if name)
