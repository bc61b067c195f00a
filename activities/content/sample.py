"""Sample customers, orders and carts, with which a campaign is checked and previewed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from activities.content.link_tokens import LinkTokens
from activities.content.message_draft import MessageDraft, RecipientProfile, ShopDetails
from lifecycle.campaign_file import CampaignRow
from lifecycle.wording import Wording

SHOP = ShopDetails(
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
ADA = RecipientProfile("ada@example.com", "ada@example.com", "Ada Lovelace", "en-GB", "Europe/London", "CUSTOMER")
NAMELESS = RecipientProfile("ada@example.com", "ada@example.com", None, None, None, "CUSTOMER")

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
    """The properties of a custom event, which are the shop's own: a URL, or a text that reads as number and as date."""

    def __missing__(self, name: str) -> str:
        return "https://shop.example/sample" if name.endswith(("url", "link")) else "20261122"


@dataclass(frozen=True)
class Rendition:
    """One wording of a step: its language and variant; None is the original."""

    locale: str | None = None
    variant: str | None = None

    def __str__(self) -> str:
        return ", ".join(self.names())

    def names(self) -> tuple[str, ...]:
        """The locale and variant, as text."""
        return (*([self.locale] if self.locale else []), *([f"variant {self.variant}"] if self.variant else []))


def renditions(wording: Wording) -> tuple[Rendition, ...]:
    """Every wording of a step: each variant in each language."""
    variants: list[str | None] = [*(arm.name for arm in wording.variants)] or [None]
    return tuple(Rendition(locale, variant) for variant in variants for locale in (None, *wording.languages()))


def sample_drafts(row: CampaignRow, rendition: Rendition) -> Iterator[MessageDraft]:
    """Drafts of one rendition for two sample customers: one with all data, one with as little as possible.

    If the campaign may run out of coupons, each of them with a code and without.
    """
    for recipient, context in _triggers(row.trigger_event):
        for coupon in _coupons(row):
            yield _draft(row, rendition, recipient, context, coupon, SAMPLE_KEY)


def sample_draft(row: CampaignRow, rendition: Rendition, key: str) -> MessageDraft:
    """The draft of one rendition for the sample customer with all data; without a locale in the shop's language."""
    recipient, context = next(_triggers(row.trigger_event))
    return _draft(row, rendition, replace(recipient, locale=None), context, _coupons(row)[0], key)


def _draft(
    row: CampaignRow,
    rendition: Rendition,
    recipient: RecipientProfile,
    context: dict[str, Any],
    coupon: str | None,
    key: str,
) -> MessageDraft:
    items = (context.get("order") or {}).get("items", ())
    return MessageDraft(
        key=key,
        slug=row.slug,
        step=row.step,
        channel=row.channel,
        purpose=row.purpose,
        wording=row.wording.for_reader(rendition.locale, rendition.variant),
        language=row.wording.language_for(rendition.locale, rendition.variant),
        recipient=replace(recipient, locale=rendition.locale or recipient.locale),
        context=context,
        products=tuple(item["sku"] for item in items)[: row.max_products] if row.max_products else (),
        coupon=coupon,
    )


def _coupons(row: CampaignRow) -> tuple[str | None, ...]:
    """The codes that a recipient may get; None when the pool is empty and there is no fallback code."""
    if row.coupon_pool is None:
        return (None,)
    return (SAMPLE_CODE,) if row.coupon_fallback else (SAMPLE_CODE, None)


def _triggers(trigger_event: str) -> Iterator[tuple[RecipientProfile, dict[str, Any]]]:
    if trigger_event == "ORDER_PAID":
        yield from ((ADA, {"order": ORDER}), (NAMELESS, {"order": BARE_ORDER}))
    elif trigger_event == "CART_ABANDONED":
        yield from ((ADA, {"cart": CART}), (NAMELESS, {"cart": BARE_CART}))
    elif trigger_event.startswith("CUSTOM:"):
        event = AnyProperty(name=trigger_event.removeprefix("CUSTOM:"))
        yield from ((ADA, {"event": event}), (NAMELESS, {"event": event}))
    else:
        yield from ((ADA, {"order": ORDER}), (NAMELESS, {}))
