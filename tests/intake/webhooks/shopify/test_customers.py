"""Shopify's customers and their consent."""

from datetime import UTC, datetime

import pytest

from intake.webhooks.shop_adapter import WebhookDelivery
from retention_client.events import ConsentChanged, ProfileUpdated, Visited
from tests.intake.webhooks.payloads import (
    ADDRESS,
    SHOPIFY_ACCOUNT,
    SHOPIFY_EMAIL_CONSENT,
    SHOPIFY_SMS_CONSENT,
    Body,
    shopify,
    with_,
)
from tests.intake.webhooks.reading import body_in, event_in, only_event, unusable

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class TestAccounts:
    def test_a_new_account_is_a_visit(self) -> None:
        event = event_in("shopify", shopify("customers/create", SHOPIFY_ACCOUNT))
        assert isinstance(event, Visited)
        assert (event.name, event.phone, event.customer_email) == ("Ada Lovelace", "+15550100", ADDRESS)
        assert event.occurred_at.isoformat() == "2026-11-20T10:00:00+00:00"

    def test_a_changed_account_is_a_profile_update(self) -> None:
        event = event_in("shopify", shopify("customers/update", SHOPIFY_ACCOUNT))
        assert isinstance(event, ProfileUpdated)
        assert event.occurred_at.isoformat() == "2026-11-21T10:00:00+00:00"

    def test_each_change_has_an_id_of_its_own(self) -> None:
        later = {**SHOPIFY_ACCOUNT, "updated_at": "2026-11-22T10:00:00Z"}
        ids = {body_in("shopify", shopify("customers/update", body))["event_id"] for body in (SHOPIFY_ACCOUNT, later)}
        assert len(ids) == 2

    def test_two_changes_in_one_second_have_different_ids(self) -> None:
        other = {**SHOPIFY_ACCOUNT, "phone": "+15550199"}
        ids = [
            body_in("shopify", shopify("customers/update", body))["event_id"]
            for body in (SHOPIFY_ACCOUNT, other, SHOPIFY_ACCOUNT)
        ]
        assert ids[0] == ids[2] != ids[1]

    def test_without_an_address_it_has_a_reference_to_its_number(self) -> None:
        incoming = only_event("shopify", shopify("customers/create", {**SHOPIFY_ACCOUNT, "email": None}))
        assert "customer_email" not in incoming.event
        assert incoming.references == ("customer/shopify/115310627314723954",)


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
        incoming = only_event("shopify", shopify(topic, with_(body, f"{channel}_marketing_consent.state", state)))
        event = ConsentChanged.model_validate({**incoming.event, "customer_email": ADDRESS})
        assert (event.channel, event.granted, event.source) == (channel, granted, "shopify")
        assert event.occurred_at.isoformat() == "2026-11-22T10:00:00+00:00"
        assert incoming.references == ("customer/shopify/7064",)

    @pytest.mark.parametrize("state", ["pending", "not_subscribed", "", None, True, "subscribed "])
    def test_other_states_are_no_decision(self, state: object) -> None:
        body = with_(SHOPIFY_EMAIL_CONSENT, "email_marketing_consent.state", state)
        event = unusable("shopify", shopify("customers_email_marketing_consent/update", body))
        assert event.reason.startswith("no decision")

    def test_consent_to_sms_has_a_telephone_and_no_address(self) -> None:
        event = body_in("shopify", shopify("customers_marketing_consent/update", SHOPIFY_SMS_CONSENT))
        assert event["phone"] == "+15550100"
        assert "customer_email" not in event

    def test_a_decision_without_a_time_is_dated_when_it_arrived(self) -> None:
        body = with_(SHOPIFY_EMAIL_CONSENT, "email_marketing_consent.consent_updated_at", None)
        delivery = shopify("customers_email_marketing_consent/update", body)
        event = body_in("shopify", WebhookDelivery(delivery.body, delivery.headers, NOON))
        assert event["occurred_at"] == NOON.isoformat()
