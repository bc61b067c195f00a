"""Stripe's checkouts and refunds."""

from decimal import Decimal

import pytest

from intake.webhooks.shop import UnreadableDelivery, WebhookDelivery
from intake.webhooks.shops import SHOPS
from intake.webhooks.stripe import money
from retention_client.events import InvalidEvent, OrderPaid, OrderRefunded, parse_event
from tests.intake.webhooks.payloads import ADDRESS, STRIPE_CHARGE, STRIPE_SESSION, plain, stripe_event
from tests.intake.webhooks.reading import body_in, event_in, only_fact, unusable

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
    """The refund as the contract reads it, once it is known whose it is."""
    return OrderRefunded.model_validate({**body_in("stripe", charge(**changes)), "customer_email": ADDRESS})


class TestPaid:
    @pytest.mark.parametrize("type_", [COMPLETED, PAID_LATER])
    def test_everything_the_contract_asks_for_is_told(self, type_: str) -> None:
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
        assert only_fact("stripe", delivery).references == ("customer/stripe/cus_1",)

    @pytest.mark.parametrize("status", ["unpaid", "no_payment_required"])
    def test_a_session_that_is_not_paid_is_no_order(self, status: str) -> None:
        assert unusable("stripe", session(payment_status=status)).reason == "the session is not paid"

    def test_a_subscription_goes_by_its_session(self) -> None:
        assert paid(payment_intent=None).order.order_id == "cs_live_a1"

    @pytest.mark.parametrize(
        ("promotions", "email"), [("opt_in", True), ("opt_out", False), (None, None), ("", None), (5, None)]
    )
    def test_what_the_customer_ticked(self, promotions: object, email: bool | None) -> None:
        consent = paid(consent={"promotions": promotions}).consent
        assert (consent.email if consent else None) is email
        assert consent is None or consent.sms is None

    @pytest.mark.parametrize("consent", [None, [], "opt_in"])
    def test_nothing_to_tick_is_no_consent(self, consent: object) -> None:
        assert paid(consent=consent).consent is None

    def test_the_address_may_be_the_one_the_shop_knew(self) -> None:
        assert paid(customer_details=None, customer_email=ADDRESS).customer_email == ADDRESS

    def test_without_any_it_waits_by_its_customer(self) -> None:
        fact = only_fact("stripe", session(customer_details={"email": None}))
        assert "customer_email" not in fact.event
        assert fact.references == ("customer/stripe/cus_1",)
        assert only_fact("stripe", session(customer_details=None, customer=None)).references == ()

    def test_an_older_delivery_has_the_parcels_address_elsewhere(self) -> None:
        older = paid(collected_information=None, shipping_details={"address": {"country": "ES"}})
        assert older.order.shipping_country == "ES"

    def test_a_price_shown_in_another_currency_counts_in_the_shops(self) -> None:
        converted = {"amount_total": 19900, "source_currency": "usd", "fx_rate": "1.1"}
        order = paid(amount_total=18000, currency="eur", currency_conversion=converted).order
        assert (order.total, order.currency) == (Decimal("199.00"), "USD")
        same = paid(amount_total=18000, currency="usd", currency_conversion=converted).order
        assert same.total == Decimal("180.00")

    @pytest.mark.parametrize(
        ("field", "value"), [("amount_total", None), ("amount_total", -1), ("currency", None), ("currency", "dollar")]
    )
    def test_without_what_was_paid_it_cannot_be_read(self, field: str, value: object) -> None:
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
    def test_three_decimals_of_which_the_last_is_none(self, amount: int, total: str) -> None:
        told = body_in("stripe", session(amount_total=amount, currency="kwd"))
        event = parse_event(told, currency="KWD")
        assert isinstance(event, OrderPaid)
        assert str(event.order.total) == total

    def test_what_is_finer_than_the_contract_is_refused_rather_than_rounded(self) -> None:
        told = body_in("stripe", session(amount_total=5125, currency="kwd"))
        with pytest.raises(InvalidEvent, match=r"order\.total"):
            parse_event(told, currency="KWD")


class TestRefunded:
    def test_as_much_as_went_back_so_far(self) -> None:
        event = refunded()
        assert (event.order_id, event.refund_id) == ("pi_1", "ch_1")
        assert (event.amount, event.currency, event.cancelled) == (Decimal("50.00"), "USD", False)

    def test_all_of_it_undoes_the_order(self) -> None:
        event = refunded(refunded=True, amount_refunded=19900)
        assert (event.cancelled, event.amount) == (True, None)

    def test_whose_it_is_tells_the_order(self) -> None:
        fact = only_fact("stripe", charge())
        assert "customer_email" not in fact.event
        assert fact.references == ("order/pi_1", "customer/stripe/cus_1")
        assert only_fact("stripe", charge(customer=None)).references == ("order/pi_1",)

    def test_a_charge_outside_of_any_checkout_tells_nothing(self) -> None:
        assert "no order" in unusable("stripe", charge(payment_intent=None)).reason


class TestEvents:
    def test_test_mode_tells_nothing(self) -> None:
        for object_, type_ in ((STRIPE_SESSION, COMPLETED), (STRIPE_CHARGE, "charge.refunded")):
            told = unusable("stripe", plain(stripe_event(type_, object_, livemode=False)))
            assert (told.reason, told.look) == ("an event of Stripe's test mode", False)

    @pytest.mark.parametrize("type_", ["plan.created", "charge.dispute.created", "payment_intent.succeeded", ""])
    def test_other_types_are_kept_and_need_nothing(self, type_: str) -> None:
        told = unusable("stripe", plain({"id": "evt_2", "type": type_}))
        assert (told.event_id, told.look) == ("stripe:evt_2", False)

    @pytest.mark.parametrize("id_", [None, "", 5, "e" * 201, "a\0b"])
    def test_an_event_without_an_id_cannot_be_read(self, id_: object) -> None:
        with pytest.raises(UnreadableDelivery, match="id"):
            SHOPS["stripe"].read(plain(stripe_event(COMPLETED, STRIPE_SESSION, id=id_)))

    def test_an_id_that_just_fits_alone_is_told_by_its_digest(self) -> None:
        told = body_in("stripe", plain(stripe_event(COMPLETED, STRIPE_SESSION, id="e" * 200)))
        assert told["event_id"].startswith("stripe:")
        assert len(told["event_id"]) <= 200

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
