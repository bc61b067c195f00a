"""Sample customers, orders and carts, to render a campaign before any real one comes along."""

from collections.abc import Iterator
from typing import Any

from activities.content.letter import Letter, Reader, Shop
from activities.content.link_tokens import LinkTokens
from lifecycle.campaign_file import CampaignRow

SHOP = Shop(
    name="Cast & Iron",
    url="https://shop.example",
    postal_address="Cast & Iron, 12 Foundry Lane, Exampleton",
    sender="Cast & Iron <hello@shop.example>",
    public_url="https://shop.example",
    currency="USD",
    link_tokens=LinkTokens([b"sample"]),
)
ADA = Reader("ada@example.com", "ada@example.com", "Ada Lovelace", "en-GB", "Europe/London", "CUSTOMER")
NAMELESS = Reader("ada@example.com", "ada@example.com", None, None, None, "CUSTOMER")

SKILLET = {
    "sku": "SKILLET",
    "name": "Cast Iron Skillet",
    "quantity": 1,
    "unit_price": "199.00",
    "category": "Cast iron",
    "url": "https://shop.example/skillet",
}
TEAPOT = {"sku": "TEAPOT", "name": "Stoneware Teapot", "quantity": 2, "unit_price": "34.50", "category": "Tea"}
BARE = {"sku": "SKILLET", "quantity": 1, "unit_price": "199.00"}
ORDER: dict[str, Any] = {
    "order_id": "820982911",
    "total": "272.95",
    "currency": "USD",
    "cart_id": "c-77",
    "items": [SKILLET, TEAPOT],
    "country": "GB",
    "url": "https://shop.example/orders/820982911",
}
BARE_ORDER: dict[str, Any] = {"order_id": "820982911", "total": "199.00", "currency": "USD", "items": [BARE]}
CART: dict[str, Any] = {
    "cart_id": "c-77",
    "value": "268.00",
    "items": [SKILLET, TEAPOT],
    "url": "https://shop.example/cart/c-77",
}
BARE_CART: dict[str, Any] = {"cart_id": "c-77", "value": "199.00", "items": [BARE]}


class AnyProperty(dict[str, str]):
    """A custom event has whatever properties the shop gives it: an address, or what may be a number or a day."""

    def __missing__(self, name: str) -> str:
        return "https://shop.example/sample" if name.endswith(("url", "link")) else "20261122"


def sample_letters(row: CampaignRow, message_key: str = "0" * 64) -> Iterator[Letter]:
    """The step for a customer of whom much is known, and for one of whom as little as possible."""
    for reader, context in _occasions(row.trigger_event):
        items = (context.get("order") or {}).get("items", ())
        yield Letter(
            key=message_key,
            slug=row.slug,
            step=row.step,
            channel=row.channel,
            purpose=row.purpose,
            wording=row.wording.for_reader(reader.locale, None),
            reader=reader,
            context=context,
            products=tuple(item["sku"] for item in items)[: row.max_products] if row.max_products else (),
        )


def _occasions(trigger_event: str) -> Iterator[tuple[Reader, dict[str, Any]]]:
    if trigger_event == "ORDER_PAID":
        yield from ((ADA, {"order": ORDER}), (NAMELESS, {"order": BARE_ORDER}))
    elif trigger_event == "CART_ABANDONED":
        yield from ((ADA, {"cart": CART}), (NAMELESS, {"cart": BARE_CART}))
    elif trigger_event.startswith("CUSTOM:"):
        event = AnyProperty(name=trigger_event.removeprefix("CUSTOM:"))
        yield from ((ADA, {"event": event}), (NAMELESS, {"event": event}))
    else:
        yield from ((ADA, {"order": ORDER}), (NAMELESS, {}))
