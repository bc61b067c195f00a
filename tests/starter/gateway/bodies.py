"""Events as clients send them."""

from typing import Any


def visit(event_id: str = "v-1", email: str = "ada@example.com") -> dict[str, Any]:
    """Somebody came by."""
    return {
        "type": "VISITED",
        "event_id": event_id,
        "customer_email": email,
        "occurred_at": "2026-11-22T10:15:00Z",
    }


def refund(order_id: str = "o-1") -> dict[str, Any]:
    """Money went back to whoever paid an order."""
    return {
        "type": "ORDER_REFUNDED",
        "event_id": f"refund-of-{order_id}",
        "occurred_at": "2026-11-22T10:15:00Z",
        "order_id": order_id,
        "cancelled": True,
    }
