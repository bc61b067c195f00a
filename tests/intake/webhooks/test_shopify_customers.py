"""Shopify's checkouts, customers, consent and privacy topics."""

from datetime import UTC, datetime

import pytest

from intake.door.incoming import PrivacyRequestType
from intake.webhooks.shop import UnreadableDelivery, WebhookDelivery
from intake.webhooks.shops import SHOPS
from retention_client.events import CartChanged, ConsentChanged, ProfileUpdated, Visited
from tests.intake.webhooks.payloads import (
    ADDRESS,
    SHOPIFY_ACCOUNT,
    SHOPIFY_CHECKOUT,
    SHOPIFY_DATA,
    SHOPIFY_EMAIL_CONSENT,
    SHOPIFY_ERASURE,
    SHOPIFY_PERSON,
    SHOPIFY_SHOP,
    SHOPIFY_SMS_CONSENT,
    Body,
    shopify,
    with_,
)
from tests.intake.webhooks.reading import body_in, event_in, only_fact, request_in, unusable

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

    def test_one_that_came_from_no_cart_goes_by_its_own_token(self) -> None:
        assert cart_in(checkout(cart_token=None)).cart.cart_id == "t-77"

    @pytest.mark.parametrize("nobody", [None, "", 5])
    def test_without_an_address_it_waits_by_its_cart_and_its_customer(self, nobody: object) -> None:
        fact = only_fact("shopify", checkout(email=nobody))
        assert "customer_email" not in fact.event
        assert fact.references == ("customer/shopify/115310627314723954",)
        assert only_fact("shopify", checkout(email=nobody, customer=None)).references == ()

    def test_once_completed_it_empties_the_cart_so_that_nobody_is_reminded_of_it(self) -> None:
        event = cart_in(checkout(completed_at="2026-11-22T10:06:00Z"))
        assert event.cart.items == ()
        assert event.occurred_at.isoformat() == "2026-11-22T10:06:00+00:00"

    def test_two_changes_in_one_second_are_two(self) -> None:
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

    def test_without_a_token_it_cannot_be_told_from_others(self) -> None:
        with pytest.raises(UnreadableDelivery, match="token"):
            SHOPS["shopify"].read(checkout(token=None, cart_token=None))


class TestAccounts:
    def test_somebody_signed_up(self) -> None:
        event = event_in("shopify", shopify("customers/create", SHOPIFY_ACCOUNT))
        assert isinstance(event, Visited)
        assert (event.name, event.phone, event.customer_email) == ("Ada Lovelace", "+15550100", ADDRESS)
        assert event.occurred_at.isoformat() == "2026-11-20T10:00:00+00:00"

    def test_a_record_changed(self) -> None:
        event = event_in("shopify", shopify("customers/update", SHOPIFY_ACCOUNT))
        assert isinstance(event, ProfileUpdated)
        assert event.occurred_at.isoformat() == "2026-11-21T10:00:00+00:00"

    def test_each_change_has_an_id_of_its_own(self) -> None:
        later = {**SHOPIFY_ACCOUNT, "updated_at": "2026-11-22T10:00:00Z"}
        ids = {body_in("shopify", shopify("customers/update", body))["event_id"] for body in (SHOPIFY_ACCOUNT, later)}
        assert len(ids) == 2

    def test_so_do_two_in_one_second(self) -> None:
        other = {**SHOPIFY_ACCOUNT, "phone": "+15550199"}
        ids = [
            body_in("shopify", shopify("customers/update", body))["event_id"]
            for body in (SHOPIFY_ACCOUNT, other, SHOPIFY_ACCOUNT)
        ]
        assert ids[0] == ids[2] != ids[1]

    def test_without_an_address_it_goes_by_its_number(self) -> None:
        fact = only_fact("shopify", shopify("customers/create", {**SHOPIFY_ACCOUNT, "email": None}))
        assert "customer_email" not in fact.event
        assert fact.references == ("customer/shopify/115310627314723954",)


class TestConsent:
    @pytest.mark.parametrize(
        ("state", "granted"),
        [("subscribed", True), ("SUBSCRIBED", True), *((s, False) for s in ("unsubscribed", "redacted", "invalid"))],
    )
    @pytest.mark.parametrize(
        ("topic", "body", "channel"),
        [
            ("customers_email_marketing_consent/update", SHOPIFY_EMAIL_CONSENT, "email"),
            ("customers_marketing_consent/update", SHOPIFY_SMS_CONSENT, "sms"),
        ],
    )
    def test_a_decision(self, topic: str, body: Body, channel: str, state: str, granted: bool) -> None:
        fact = only_fact("shopify", shopify(topic, with_(body, f"{channel}_marketing_consent.state", state)))
        event = ConsentChanged.model_validate({**fact.event, "customer_email": ADDRESS})
        assert (event.channel, event.granted, event.source) == (channel, granted, "shopify")
        assert event.occurred_at.isoformat() == "2026-11-22T10:00:00+00:00"
        assert fact.references == ("customer/shopify/7064",)

    @pytest.mark.parametrize("state", ["pending", "not_subscribed", "", None, True, "subscribed "])
    def test_anything_else_decides_nothing(self, state: object) -> None:
        body = with_(SHOPIFY_EMAIL_CONSENT, "email_marketing_consent.state", state)
        told = unusable("shopify", shopify("customers_email_marketing_consent/update", body))
        assert told.reason.startswith("no decision")

    def test_consent_to_sms_names_a_telephone_and_no_address(self) -> None:
        told = body_in("shopify", shopify("customers_marketing_consent/update", SHOPIFY_SMS_CONSENT))
        assert told["phone"] == "+15550100"
        assert "customer_email" not in told

    def test_a_decision_without_a_time_was_made_when_it_came(self) -> None:
        body = with_(SHOPIFY_EMAIL_CONSENT, "email_marketing_consent.consent_updated_at", None)
        delivery = shopify("customers_email_marketing_consent/update", body)
        told = body_in("shopify", WebhookDelivery(delivery.body, delivery.headers, NOON))
        assert told["occurred_at"] == NOON.isoformat()


class TestPrivacy:
    def test_forget_a_customer(self) -> None:
        request = request_in("shopify", shopify("customers/redact", SHOPIFY_ERASURE))
        assert (request.kind, request.email) == (PrivacyRequestType.ERASURE, ADDRESS)
        assert request.references == ("customer/shopify/191167", "order/299938", "order/280263")

    def test_tell_a_customer_what_is_kept(self) -> None:
        request = request_in("shopify", shopify("customers/data_request", SHOPIFY_DATA))
        assert (request.kind, request.email) == (PrivacyRequestType.DATA, ADDRESS)
        assert request.event_id == "shopify:customers/data_request:191167:9999"

    def test_forget_everybody(self) -> None:
        request = request_in("shopify", shopify("shop/redact", SHOPIFY_SHOP))
        assert (request.kind, request.email, request.references) == (PrivacyRequestType.SHOP_ERASURE, None, ())

    def test_a_request_counts_from_when_it_came(self) -> None:
        delivery = shopify("customers/redact", SHOPIFY_ERASURE)
        assert request_in("shopify", WebhookDelivery(delivery.body, delivery.headers, NOON)).occurred_at == NOON

    @pytest.mark.parametrize(("topic", "body"), [("customers/redact", SHOPIFY_ERASURE), ("shop/redact", SHOPIFY_SHOP)])
    def test_whoever_asks_again_another_day_is_heard_again(self, topic: str, body: Body) -> None:
        delivery = shopify(topic, body)
        hours = (NOON, NOON.replace(hour=13), NOON.replace(day=23))
        ids = [request_in("shopify", WebhookDelivery(delivery.body, delivery.headers, at)).event_id for at in hours]
        assert ids[0] == ids[1] != ids[2]

    @pytest.mark.parametrize("email", [None, "", "nobody", 5])
    def test_a_number_is_enough(self, email: object) -> None:
        body = {**SHOPIFY_ERASURE, "customer": {**SHOPIFY_PERSON, "email": email}, "orders_to_redact": None}
        request = request_in("shopify", shopify("customers/redact", body))
        assert (request.email, request.references) == (None, ("customer/shopify/191167",))

    def test_nobody_cannot_be_forgotten(self) -> None:
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
    def test_no_request_passes_for_another_by_its_unsigned_topic(self, topic: str, body: Body) -> None:
        with pytest.raises(UnreadableDelivery):
            SHOPS["shopify"].read(shopify(topic, body))
