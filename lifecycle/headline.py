"""A one-line summary of an event for a customer's timeline."""

from lifecycle.ledger_events import AnyEvent
from retention_client.events import CartChanged, ConsentChanged, Custom, OrderPaid, OrderRefunded


def headline(event: AnyEvent) -> str:
    """What happened, without personal data."""
    match event:
        case OrderPaid():
            return f"order {event.order.order_id} paid: {event.order.total} {event.order.currency}"
        case CartChanged():
            return f"cart {event.cart.cart_id}{'' if event.cart.items else ' emptied'}"
        case OrderRefunded():
            what = "cancelled" if event.cancelled else "refunded"
            return f"order {event.order_id} {what}" + ("" if event.amount is None else f": {event.amount}")
        case ConsentChanged():
            return f"consent to {event.channel} {'given' if event.granted else 'withdrawn'}"
        case Custom():
            return event.name
        case _:
            return event.type.lower().replace("_", " ")
