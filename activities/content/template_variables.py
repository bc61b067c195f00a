"""The variables of campaign templates. Every name is always defined, and None when it does not apply."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from activities.content.message_draft import MessageDraft, ShopDetails
from lifecycle.triggers import CONFIRM_SUBSCRIPTION

ITEM_FIELDS = ("sku", "name", "quantity", "unit_price", "category", "url", "image_url")
ORDER_FIELDS = ("order_id", "total", "currency", "cart_id", "country", "shipping_country", "url")
CART_FIELDS = ("cart_id", "value", "currency", "url")


def template_variables(draft: MessageDraft, shop: ShopDetails) -> dict[str, Any]:
    """The variables for one draft, as plain values.

    `customer`, `shop`, `order`, `cart`, `event`, `products`, `product`, `coupon`, `state`, `step`, `language` and,
    when consent has to be confirmed, `confirm_url`.
    """
    order = _basket(draft.context.get("order"), ORDER_FIELDS)
    cart = _basket(draft.context.get("cart"), CART_FIELDS)
    products = _products(order or cart, draft.products)
    name = plain_name(draft.recipient.name)
    return {
        "customer": {
            "email": draft.recipient.email,
            "name": name,
            "first_name": name.split()[0] if name else None,
            "locale": draft.recipient.locale,
            "time_zone": draft.recipient.time_zone,
        },
        "shop": {"name": shop.name, "url": shop.url, "currency": shop.currency, "locale": shop.locale},
        "order": order,
        "cart": cart,
        "event": draft.context.get("event"),
        "products": products,
        "product": products[0] if products else None,
        "coupon": {"code": draft.coupon} if draft.coupon else None,
        "state": draft.recipient.state,
        "step": draft.step,
        "language": draft.language or shop.locale,
        "confirm_url": _confirm_url(draft, shop),
    }


def plain_name(name: str | None) -> str | None:
    """A customer's name; None when it is empty or looks like markup, a URL or an encoded word."""
    cleaned = (name or "").strip()
    suspicious = any(sign in cleaned for sign in ("=?", "://", "<", ">"))
    return None if suspicious or len(cleaned) > 80 else cleaned or None


def _confirm_url(draft: MessageDraft, shop: ShopDetails) -> str | None:
    """The confirmation link, in confirmation messages only: following it grants consent."""
    if (draft.context.get("event") or {}).get("name") != CONFIRM_SUBSCRIPTION:
        return None
    return f"{shop.public_url}/v/{shop.link_tokens.confirm(draft.key)}"


def _basket(data: Mapping[str, Any] | None, fields: tuple[str, ...]) -> dict[str, Any] | None:
    if data is None:
        return None
    items = [_item(item) for item in data.get("items", ())]
    return {**{field: data.get(field) for field in fields}, "items": items}


def _item(data: Mapping[str, Any]) -> dict[str, Any]:
    """A line item with its `amount`. An item without a name gets its SKU as name."""
    item = {field: data.get(field) for field in ITEM_FIELDS}
    amount = Decimal(str(item["unit_price"] or 0)) * int(item["quantity"] or 1)
    return {**item, "name": item["name"] or item["sku"], "amount": amount}


def _products(basket: Mapping[str, Any] | None, skus: tuple[str, ...]) -> list[dict[str, Any]]:
    """One item per product: those that the message is about, else all of the order or cart."""
    found: dict[str, dict[str, Any]] = {}
    for item in basket["items"] if basket else ():
        found.setdefault(item["sku"], item)
    return [found[sku] for sku in skus or found if sku in found]
