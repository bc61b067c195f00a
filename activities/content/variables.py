"""What a template can speak of. Every name is always there, and None where there is nothing to say."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from activities.content.letter import Letter, Shop
from lifecycle.triggers import CONFIRM_SUBSCRIPTION

ITEM_FIELDS = ("sku", "name", "quantity", "unit_price", "category", "url", "image_url")
ORDER_FIELDS = ("order_id", "total", "currency", "cart_id", "country", "shipping_country", "url")
CART_FIELDS = ("cart_id", "value", "currency", "url")


def variables(letter: Letter, shop: Shop) -> dict[str, Any]:
    """What the letter knows, as plain values.

    `customer`, `shop`, `order`, `cart`, `event`, `products`, `product`, `coupon`, `state`, `step`, `language` and,
    where a consent has to be confirmed, `confirm_url`.
    """
    order = _basket(letter.context.get("order"), ORDER_FIELDS)
    cart = _basket(letter.context.get("cart"), CART_FIELDS)
    products = _products(order or cart, letter.products)
    name = plain_name(letter.reader.name)
    return {
        "customer": {
            "email": letter.reader.email,
            "name": name,
            "first_name": name.split()[0] if name else None,
            "locale": letter.reader.locale,
            "time_zone": letter.reader.time_zone,
        },
        "shop": {"name": shop.name, "url": shop.url, "currency": shop.currency, "locale": shop.locale},
        "order": order,
        "cart": cart,
        "event": letter.context.get("event"),
        "products": products,
        "product": products[0] if products else None,
        "coupon": {"code": letter.coupon} if letter.coupon else None,
        "state": letter.reader.state,
        "step": letter.step,
        "language": letter.language or shop.locale,
        "confirm_url": _confirm_url(letter, shop),
    }


def plain_name(name: str | None) -> str | None:
    """A customer's name; None for what is not one but was typed into its field."""
    cleaned = (name or "").strip()
    suspicious = any(sign in cleaned for sign in ("=?", "://", "<", ">"))
    return None if suspicious or len(cleaned) > 80 else cleaned or None


def _confirm_url(letter: Letter, shop: Shop) -> str | None:
    """Only whoever was asked gets the link: to follow it is their word."""
    if (letter.context.get("event") or {}).get("name") != CONFIRM_SUBSCRIPTION:
        return None
    return f"{shop.public_url}/v/{shop.link_tokens.confirm(letter.key)}"


def _basket(given: Mapping[str, Any] | None, fields: tuple[str, ...]) -> dict[str, Any] | None:
    if given is None:
        return None
    items = [_item(item) for item in given.get("items", ())]
    return {**{field: given.get(field) for field in fields}, "items": items}


def _item(given: Mapping[str, Any]) -> dict[str, Any]:
    """A line; `amount` is what it comes to. One without a name is called by its SKU."""
    item = {field: given.get(field) for field in ITEM_FIELDS}
    amount = Decimal(str(item["unit_price"] or 0)) * int(item["quantity"] or 1)
    return {**item, "name": item["name"] or item["sku"], "amount": amount}


def _products(basket: Mapping[str, Any] | None, skus: tuple[str, ...]) -> list[dict[str, Any]]:
    """One item per product: those the message is about, else all of the order or cart."""
    found: dict[str, dict[str, Any]] = {}
    for item in basket["items"] if basket else ():
        found.setdefault(item["sku"], item)
    return [found[sku] for sku in skus or found if sku in found]
