"""Stripe's checkouts and refunds."""

from decimal import Decimal

import pytest

from intake.webhooks.shop_adapter import UnreadableDelivery, WebhookDelivery
from intake.webhooks.shops import SHOPS
from intake.webhooks.stripe import money
from retention_client.events import InvalidEvent, OrderPaid, OrderRefunded, parse_event
from tests.intake.webhooks.payloads import ADDRESS, STRIPE_CHARGE, STRIPE_SESSION, plain, stripe_event
from tests.intake.webhooks.reading import body_in, event_in, only_event, unusable

COMPLETED, PAID_LATER = "checkout.session.completed", "checkout.session.async_payment_succeeded"


def session(**changes: object) -> WebhookDelivery:
    """A paid session, with some of its fields changed."""
    return plain(stripe_event(COMPLETED, {**STRIPE_SESSION, **changes}))


def charge(**changes: object) -> WebhookDelivery:
    """A refunded charge, with some of its fields changed."""
    return plain(stripe_event("charge.refunded", {**STRIPE_CHARGE, **changes}))


def paid(**changes: object) -> OrderPaid:
    """The order as the contract reads it."""
    event = event_in("stripe", session(**changes))
    assert isinstance(event, OrderPaid)
    return event


def refunded(**changes: object) -> OrderRefunded:
    """The refund as the contract reads it, with a customer."""
    return OrderRefunded.model_validate({**body_in("stripe", charge(**changes)), "customer_email": ADDRESS})


class TestPaid:
    @pytest.mark.parametrize("type_", [COMPLETED, PAID_LATER])
    def test_every_field_of_the_contract_is_read(self, type_: str) -> None:
        delivery = plain(stripe_event(type_, STRIPE_SESSION))
        assert body_in("stripe", delivery) == {
            "type": "ORDER_PAID",
            "event_id": "stripe:evt_1",
            "customer_email": ADDRESS,
            "occurred_at": "2026-11-22T10:15:00+00:00",
            "phone": "+15550100",
            "name": "Ada",
            "consent": {"email": True},
            "order": {
                "order_id": "pi_1",
                "total": "199.00",
                "currency": "USD",
                "country": "GB",
                "shipping_country": "FR",
            },
        }
        assert only_event("stripe", delivery).references == ("customer/stripe/cus_1",)

    @pytest.mark.parametrize("status", ["unpaid", "no_payment_required"])
    def test_an_unpaid_session_is_skipped(self, status: str) -> None:
        assert unusable("stripe", session(payment_status=status)).reason == "the session is not paid"

    def test_the_order_id_of_a_subscription_is_its_session(self) -> None:
        assert paid(payment_intent=None).order.order_id == "cs_live_a1"

    @pytest.mark.parametrize(
        ("promotions", "email"), [("opt_in", True), ("opt_out", False), (None, None), ("", None), (5, None)]
    )
    def test_consent_is_read(self, promotions: object, email: bool | None) -> None:
        consent = paid(consent={"promotions": promotions}).consent
        assert (consent.email if consent else None) is email
        assert consent is None or consent.sms is None

    @pytest.mark.parametrize("consent", [None, [], "opt_in"])
    def test_a_session_without_consent_has_none(self, consent: object) -> None:
        assert paid(consent=consent).consent is None

    def test_the_address_known_to_the_shop_is_the_fallback(self) -> None:
        assert paid(customer_details=None, customer_email=ADDRESS).customer_email == ADDRESS

    def test_without_an_address_it_has_a_reference_to_its_customer(self) -> None:
        incoming = only_event("stripe", session(customer_details={"email": None}))
        assert "customer_email" not in incoming.event
        assert incoming.references == ("customer/stripe/cus_1",)
        assert only_event("stripe", session(customer_details=None, customer=None)).references == ()

    def test_the_shipping_address_of_older_deliveries_is_read(self) -> None:
        older = paid(collected_information=None, shipping_details={"address": {"country": "ES"}})
        assert older.order.shipping_country == "ES"

    def test_a_converted_price_is_read_in_the_shops_currency(self) -> None:
        converted = {"amount_total": 19900, "source_currency": "usd", "fx_rate": "1.1"}
        order = paid(amount_total=18000, currency="eur", currency_conversion=converted).order
        assert (order.total, order.currency) == (Decimal("199.00"), "USD")
        same = paid(amount_total=18000, currency="usd", currency_conversion=converted).order
        assert same.total == Decimal("180.00")

    @pytest.mark.parametrize(
        ("field", "value"), [("amount_total", None), ("amount_total", -1), ("currency", None), ("currency", "dollar")]
    )
    def test_without_total_or_currency_it_is_unreadable(self, field: str, value: object) -> None:
        with pytest.raises(UnreadableDelivery, match=field.split("_", maxsplit=1)[0]):
            SHOPS["stripe"].read(session(**{field: value}))


class TestMoney:
    @pytest.mark.parametrize(
        ("amount", "currency", "read"),
        [
            *((1000, currency, "10.00") for currency in ("USD", "EUR", "GBP", "ISK", "UGX", "HUF", "TWD")),
            *((1000, currency, "1000") for currency in ("JPY", "KRW", "VND", "CLP", "XAF", "XPF")),
            *((5120, currency, "5.120") for currency in ("KWD", "BHD", "TND", "JOD", "OMR")),
            (0, "USD", "0.00"),
            (5, "USD", "0.05"),
            (999_999_999_999, "USD", "9999999999.99"),
        ],
    )
    def test_minor_units(self, amount: int, currency: str, read: str) -> None:
        assert str(money(amount, currency)) == read

    @pytest.mark.parametrize(("amount", "total"), [(5120, "5.12"), (5000, "5.00")])
    def test_three_decimals_that_end_in_zero(self, amount: int, total: str) -> None:
        item = body_in("stripe", session(amount_total=amount, currency="kwd"))
        event = parse_event(item, currency="KWD")
        assert isinstance(event, OrderPaid)
        assert str(event.order.total) == total

    def test_a_tenth_of_a_cent_is_rejected_and_not_rounded(self) -> None:
        item = body_in("stripe", session(amount_total=5125, currency="kwd"))
        with pytest.raises(InvalidEvent, match=r"order\.total"):
            parse_event(item, currency="KWD")


class TestRefunded:
    def test_a_partial_refund_is_the_sum_so_far(self) -> None:
        event = refunded()
        assert (event.order_id, event.refund_id) == ("pi_1", "ch_1")
        assert (event.amount, event.currency, event.cancelled) == (Decimal("50.00"), "USD", False)

    def test_a_full_refund_cancels_the_order(self) -> None:
        event = refunded(refunded=True, amount_refunded=19900)
        assert (event.cancelled, event.amount) == (True, None)

    def test_a_refund_names_its_customer_by_the_order(self) -> None:
        incoming = only_event("stripe", charge())
        assert "customer_email" not in incoming.event
        assert incoming.references == ("order/pi_1", "customer/stripe/cus_1")
        assert only_event("stripe", charge(customer=None)).references == ("order/pi_1",)

    def test_a_charge_without_a_checkout_is_skipped(self) -> None:
        assert "no checkout session" in unusable("stripe", charge(payment_intent=None)).reason


class TestEvents:
    def test_events_in_test_mode_are_skipped(self) -> None:
        for object_, type_ in ((STRIPE_SESSION, COMPLETED), (STRIPE_CHARGE, "charge.refunded")):
            item = unusable("stripe", plain(stripe_event(type_, object_, livemode=False)))
            assert (item.reason, item.needs_attention) == ("an event in test mode", False)

    @pytest.mark.parametrize("type_", ["plan.created", "charge.dispute.created", "payment_intent.succeeded", ""])
    def test_other_types_are_skipped(self, type_: str) -> None:
        item = unusable("stripe", plain({"id": "evt_2", "type": type_}))
        assert (item.event_id, item.needs_attention) == ("stripe:evt_2", False)

    @pytest.mark.parametrize("id_", [None, "", 5, "e" * 201, "a\0b"])
    def test_an_event_without_an_id_is_unreadable(self, id_: object) -> None:
        with pytest.raises(UnreadableDelivery, match="id"):
            SHOPS["stripe"].read(plain(stripe_event(COMPLETED, STRIPE_SESSION, id=id_)))

    def test_a_long_id_is_replaced_by_its_digest(self) -> None:
        item = body_in("stripe", plain(stripe_event(COMPLETED, STRIPE_SESSION, id="e" * 200)))
        assert item["event_id"].startswith("stripe:")
        assert len(item["event_id"]) <= 200

    @pytest.mark.parametrize(
        ("body", "topic"),
        [
            (b'{"id": "evt_1", "type": "charge.refunded"}', "charge.refunded"),
            (b'{"id": "evt_1", "type": "No Topic"}', None),
            (b'{"id": "evt_1"}', None),
            (b"{", None),
        ],
    )
    def test_the_topic_is_the_type(self, body: bytes, topic: str | None) -> None:
        assert SHOPS["stripe"].topic(WebhookDelivery(body)) == topic
