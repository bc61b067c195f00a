"""References: names that shops give a customer, as the inbox spells them. They contain no address."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from retention_client.events import CartChanged, OrderPaid, OrderRefunded, StorefrontEvent


def customer(source: str, number: object) -> str:
    """Return the reference to the customer `number` of the shop system `source`."""
    return f"customer/{source}/{number}"


def order(order_id: str) -> str:
    """Return the reference to the customer who paid an order."""
    return f"order/{order_id}"


def cart(cart_id: str) -> str:
    """Return the reference to the customer who filled a cart, or went to the checkout with it."""
    return f"cart/{cart_id}"


def phone(number: str) -> str | None:
    """Return the reference to the customer with a telephone number in international form; None for any other text."""
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return None
    return f"phone/{phonenumbers.format_number(parsed, PhoneNumberFormat.E164)}"


def of_event(event: StorefrontEvent) -> tuple[str, ...]:
    """Return the references in an event itself, the most reliable first."""
    found: list[str | None] = []
    match event:
        case OrderPaid():
            found = [order(event.order.order_id), cart(event.order.cart_id) if event.order.cart_id else None]
        case OrderRefunded():
            found = [order(event.order_id)]
        case CartChanged():
            found = [cart(event.cart.cart_id)]
    found.append(phone(event.phone) if event.phone else None)
    return tuple(reference for reference in found if reference)
