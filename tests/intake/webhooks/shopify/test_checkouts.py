"""Shopify's checkouts."""

from datetime import UTC, datetime

import pytest

from intake.webhooks.shop_adapter import UnreadableDelivery, WebhookDelivery
from intake.webhooks.shops import SHOPS
from retention_client.events import CartChanged
from tests.intake.webhooks.payloads import (
    ADDRESS,
    SHOPIFY_CHECKOUT,
    shopify,
)
from tests.intake.webhooks.reading import body_in, event_in, only_event

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def checkout(**changes: object) -> WebhookDelivery:
    """A change of the checkout, with some of its fields changed."""
    return shopify("checkouts/update", {**SHOPIFY_CHECKOUT, **changes})


def cart_in(delivery: WebhookDelivery) -> CartChanged:
    """The cart as the contract reads it."""
    event = event_in("shopify", delivery)
    assert isinstance(event, CartChanged)
    return event


class TestCheckouts:
    def test_the_cart_with_the_way_back_to_it(self) -> None:
        event = cart_in(checkout())
        assert (event.type, event.customer_email, event.phone, event.name) == (
            "CART_UPDATED",
            ADDRESS,
            "+15550100",
            "Ada Lovelace",
        )
        assert event.cart.cart_id == "c-77"
        assert event.cart.url == "https://shop.example/checkouts/t-77/recover?key=a"
        assert [(item.sku, str(item.unit_price)) for item in event.cart.items] == [("SKILLET", "199.00")]
        assert event.occurred_at.isoformat() == "2026-11-22T10:05:00+00:00"

    def test_a_checkout_without_a_cart_uses_its_own_token(self) -> None:
        assert cart_in(checkout(cart_token=None)).cart.cart_id == "t-77"

    @pytest.mark.parametrize("nobody", [None, "", 5])
    def test_without_an_address_it_has_references_to_cart_and_customer(self, nobody: object) -> None:
        incoming = only_event("shopify", checkout(email=nobody))
        assert "customer_email" not in incoming.event
        assert incoming.references == ("customer/shopify/115310627314723954",)
        assert only_event("shopify", checkout(email=nobody, customer=None)).references == ()

    def test_a_completed_checkout_empties_the_cart(self) -> None:
        event = cart_in(checkout(completed_at="2026-11-22T10:06:00Z"))
        assert event.cart.items == ()
        assert event.occurred_at.isoformat() == "2026-11-22T10:06:00+00:00"

    def test_two_changes_in_one_second_are_two_events(self) -> None:
        first, second = (body_in("shopify", checkout(email=email))["event_id"] for email in (None, ADDRESS))
        assert first != second

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("line_items", None),
            ("line_items", [{"title": "nothing to tell it by"}]),
            ("completed_at", "soon"),
            ("updated_at", None),
        ],
    )
    def test_a_cart_is_never_emptied_by_mistake(self, field: str, value: object) -> None:
        with pytest.raises(UnreadableDelivery, match=field):
            SHOPS["shopify"].read(checkout(**{field: value}))

    def test_without_a_token_it_is_unreadable(self) -> None:
        with pytest.raises(UnreadableDelivery, match="token"):
            SHOPS["shopify"].read(checkout(token=None, cart_token=None))
