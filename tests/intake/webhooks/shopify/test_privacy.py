"""Shopify's privacy topics."""

from datetime import UTC, datetime

import pytest

from intake.door.incoming import PrivacyRequestType
from intake.webhooks.shop_adapter import UnreadableDelivery, WebhookDelivery
from intake.webhooks.shops import SHOPS
from tests.intake.webhooks.payloads import (
    ADDRESS,
    SHOPIFY_DATA,
    SHOPIFY_ERASURE,
    SHOPIFY_PERSON,
    SHOPIFY_SHOP,
    Body,
    shopify,
)
from tests.intake.webhooks.reading import request_in

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class TestPrivacy:
    def test_customers_redact(self) -> None:
        request = request_in("shopify", shopify("customers/redact", SHOPIFY_ERASURE))
        assert (request.kind, request.email) == (PrivacyRequestType.ERASURE, ADDRESS)
        assert request.references == ("customer/shopify/191167", "order/299938", "order/280263")

    def test_customers_data_request(self) -> None:
        request = request_in("shopify", shopify("customers/data_request", SHOPIFY_DATA))
        assert (request.kind, request.email) == (PrivacyRequestType.DATA, ADDRESS)
        assert request.event_id == "shopify:customers/data_request:191167:9999"

    def test_shop_redact(self) -> None:
        request = request_in("shopify", shopify("shop/redact", SHOPIFY_SHOP))
        assert (request.kind, request.email, request.references) == (PrivacyRequestType.SHOP_ERASURE, None, ())

    def test_a_request_is_dated_when_it_arrived(self) -> None:
        delivery = shopify("customers/redact", SHOPIFY_ERASURE)
        assert request_in("shopify", WebhookDelivery(delivery.body, delivery.headers, NOON)).occurred_at == NOON

    @pytest.mark.parametrize(("topic", "body"), [("customers/redact", SHOPIFY_ERASURE), ("shop/redact", SHOPIFY_SHOP)])
    def test_the_same_request_on_another_day_is_a_new_request(self, topic: str, body: Body) -> None:
        delivery = shopify(topic, body)
        hours = (NOON, NOON.replace(hour=13), NOON.replace(day=23))
        ids = [request_in("shopify", WebhookDelivery(delivery.body, delivery.headers, at)).event_id for at in hours]
        assert ids[0] == ids[1] != ids[2]

    @pytest.mark.parametrize("email", [None, "", "nobody", 5])
    def test_a_request_with_a_number_alone_is_valid(self, email: object) -> None:
        body = {**SHOPIFY_ERASURE, "customer": {**SHOPIFY_PERSON, "email": email}, "orders_to_redact": None}
        request = request_in("shopify", shopify("customers/redact", body))
        assert (request.email, request.references) == (None, ("customer/shopify/191167",))

    def test_a_request_without_address_and_number_is_unreadable(self) -> None:
        with pytest.raises(UnreadableDelivery, match="neither"):
            SHOPS["shopify"].read(shopify("customers/redact", {"customer": {"id": None}, "orders_to_redact": []}))

    @pytest.mark.parametrize(
        ("topic", "body"),
        [
            ("customers/redact", SHOPIFY_DATA),
            ("shop/redact", SHOPIFY_DATA),
            ("shop/redact", SHOPIFY_ERASURE),
            ("customers/data_request", SHOPIFY_ERASURE),
            ("customers/redact", SHOPIFY_SHOP),
        ],
    )
    def test_a_request_under_another_topic_is_unreadable(self, topic: str, body: Body) -> None:
        with pytest.raises(UnreadableDelivery):
            SHOPS["shopify"].read(shopify(topic, body))
