"""What the shop tells in the story, in the form of the contract; the player adds address, id and time."""

from typing import Any

from starter.story import sample

SHOP = "https://shop.example"


def visited(**profile: Any) -> dict[str, Any]:
    """Somebody signed up; `profile` is what they said of themselves."""
    return {"type": "VISITED", **profile}


def filled_cart(invoice: str) -> dict[str, Any]:
    """Everything that an invoice lists lies in a cart."""
    cart = {"cart_id": _cart_id(invoice), "url": f"{SHOP}/cart/{invoice}", "items": sample.items(invoice)}
    return {"type": "ADD_TO_CART", "cart": cart}


def paid(invoice: str, **profile: Any) -> dict[str, Any]:
    """The order of an invoice was paid; where its cart was told of before, it ends with that."""
    order = {**sample.order(invoice), "cart_id": _cart_id(invoice), "url": f"{SHOP}/orders/{invoice}"}
    return {"type": "ORDER_PAID", "order": order, **profile}


def sent_back(invoice: str, cancellation: str) -> dict[str, Any]:
    """Part of an order went back."""
    amount = sample.refunded(cancellation)
    return {"type": "ORDER_REFUNDED", "order_id": invoice, "refund_id": cancellation, "amount": amount}


def cancelled(invoice: str) -> dict[str, Any]:
    """The whole order is undone."""
    return {"type": "ORDER_REFUNDED", "order_id": invoice, "cancelled": True}


def _cart_id(invoice: str) -> str:
    return f"cart-{invoice}"
