"""Sample customers, orders and carts, to render a campaign before any real one comes along."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from activities.content.letter import Letter, Reader, Shop
from activities.content.link_tokens import LinkTokens
from lifecycle.campaign_file import CampaignRow
from lifecycle.wording import Wording

SHOP = Shop(
    name="Cast & Iron",
    url="https://shop.example",
    postal_address="Cast & Iron, 12 Foundry Lane, Exampleton",
    sender="Cast & Iron <hello@shop.example>",
    public_url="https://shop.example",
    currency="USD",
    link_tokens=LinkTokens([b"sample"]),
)
SAMPLE_KEY = "0" * 64
SAMPLE_CODE = "SAMPLE-10"
ADA = Reader("ada@example.com", "ada@example.com", "Ada Lovelace", "en-GB", "Europe/London", "CUSTOMER")
NAMELESS = Reader("ada@example.com", "ada@example.com", None, None, None, "CUSTOMER")

SKILLET = {
    "sku": "SKILLET",
    "name": "Cast Iron Skillet",
    "quantity": 1,
    "unit_price": "199.00",
    "category": "Cast iron",
    "url": "https://shop.example/skillet",
    "image_url": "https://shop.example/images/skillet.png",
}
TEAPOT = {
    "sku": "TEAPOT",
    "name": "Stoneware Teapot",
    "quantity": 2,
    "unit_price": "34.50",
    "category": "Tea",
    "url": "https://shop.example/teapot",
    "image_url": "https://shop.example/images/teapot.png",
}
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


@dataclass(frozen=True)
class Rendition:
    """One way in which a step is worded; neither of them: as first written."""

    locale: str | None = None
    variant: str | None = None

    def __str__(self) -> str:
        return ", ".join(self.names())

    def names(self) -> tuple[str, ...]:
        """What tells it apart, in words."""
        return (*([self.locale] if self.locale else []), *([f"variant {self.variant}"] if self.variant else []))


def renditions(wording: Wording) -> tuple[Rendition, ...]:
    """Every way in which a step may be worded: each variant in each language."""
    variants: list[str | None] = [*(arm.name for arm in wording.variants)] or [None]
    return tuple(Rendition(locale, variant) for variant in variants for locale in (None, *wording.languages()))


def sample_letters(row: CampaignRow, rendition: Rendition) -> Iterator[Letter]:
    """One rendition for a customer of whom much is known, and for one of whom as little as possible.

    Where a campaign may run out of coupons, each of them with a code and without.
    """
    for reader, context in _occasions(row.trigger_event):
        for coupon in _coupons(row):
            yield _letter(row, rendition, reader, context, coupon, SAMPLE_KEY)


def sample_letter(row: CampaignRow, rendition: Rendition, key: str) -> Letter:
    """One rendition for the customer of whom much is known, in that language or else the shop's."""
    reader, context = next(_occasions(row.trigger_event))
    return _letter(row, rendition, replace(reader, locale=None), context, _coupons(row)[0], key)


def _letter(
    row: CampaignRow, rendition: Rendition, reader: Reader, context: dict[str, Any], coupon: str | None, key: str
) -> Letter:
    items = (context.get("order") or {}).get("items", ())
    return Letter(
        key=key,
        slug=row.slug,
        step=row.step,
        channel=row.channel,
        purpose=row.purpose,
        wording=row.wording.for_reader(rendition.locale, rendition.variant),
        language=row.wording.language_for(rendition.locale, rendition.variant),
        reader=replace(reader, locale=rendition.locale or reader.locale),
        context=context,
        products=tuple(item["sku"] for item in items)[: row.max_products] if row.max_products else (),
        coupon=coupon,
    )


def _coupons(row: CampaignRow) -> tuple[str | None, ...]:
    """What a reader may be given; nothing when the pool is empty and nothing takes its place."""
    if row.coupon_pool is None:
        return (None,)
    return (SAMPLE_CODE,) if row.coupon_fallback else (SAMPLE_CODE, None)


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
