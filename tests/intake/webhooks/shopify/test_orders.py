"""Shopify's orders, cancellations and refunds."""

from decimal import Decimal

import pytest

from intake.webhooks.shop_adapter import UnreadableDelivery, WebhookDelivery
from intake.webhooks.shops import SHOPS
from retention_client.events import OrderPaid, OrderRefunded
from tests.intake.webhooks.payloads import (
    ADDRESS,
    SHOPIFY_CUSTOMER,
    SHOPIFY_ORDER,
    SHOPIFY_REFUND,
    Body,
    shopify,
    with_,
)
from tests.intake.webhooks.reading import body_in, event_in, only_event, unusable

PAID, CANCELLED, REFUNDED = "orders/paid", "orders/cancelled", "refunds/create"
CUSTOMER = "customer/shopify/115310627314723954"


def paid(**changes: object) -> OrderPaid:
    """The order as the contract reads it, with some of its fields changed."""
    event = event_in("shopify", shopify(PAID, {**SHOPIFY_ORDER, **changes}))
    assert isinstance(event, OrderPaid)
    return event


def refunded(body: Body) -> OrderRefunded:
    """A refund as the contract reads it, with a customer."""
    item = {**body_in("shopify", shopify(REFUNDED, body)), "customer_email": ADDRESS}
    return OrderRefunded.model_validate(item)


class TestPaid:
    def test_every_field_of_the_contract_is_read(self) -> None:
        assert body_in("shopify", shopify(PAID, SHOPIFY_ORDER)) == {
            "type": "ORDER_PAID",
            "event_id": "shopify:orders/paid:820982911946154508:2026-11-22T10:15:02+00:00",
            "customer_email": ADDRESS,
            "occurred_at": "2026-11-22T10:15:02+00:00",
            "phone": "+15550100",
            "name": "Ada Lovelace",
            "locale": "en-GB",
            "order": {
                "order_id": "820982911946154508",
                "total": "404.95",
                "currency": "USD",
                "cart_id": "c-77",
                "url": "https://shop.example/orders/1/authenticate?key=a",
                "country": "GB",
                "shipping_country": "FR",
                "items": [
                    {"sku": "SKILLET", "name": "Skillet", "quantity": 2, "unit_price": "199.00"},
                    {"sku": "488", "name": "Gift wrap", "quantity": 1, "unit_price": "6.95"},
                ],
            },
        }

    def test_the_customers_number_is_a_reference(self) -> None:
        assert only_event("shopify", shopify(PAID, SHOPIFY_ORDER)).references == (CUSTOMER,)

    @pytest.mark.parametrize(
        ("id_", "global_id", "order_id"),
        [
            (820982911946154500, "gid://shopify/Order/820982911946154508", "820982911946154508"),
            (450789469, None, "450789469"),
            ("450789469", "nonsense", "450789469"),
            (None, "gid://shopify/Order/7", "7"),
        ],
    )
    def test_the_global_id_takes_precedence(self, id_: object, global_id: object, order_id: str) -> None:
        assert paid(id=id_, admin_graphql_api_id=global_id).order.order_id == order_id

    @pytest.mark.parametrize(
        ("created", "processed", "updated", "occurred_at"),
        [
            ("2026-11-22T10:00:01Z", "2026-11-22T10:00:00Z", "2026-11-22T10:00:02Z", "2026-11-22T10:00:02+00:00"),
            ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z", "2026-11-27T09:00:00Z", "2026-11-27T09:00:00+00:00"),
            ("2026-11-22T10:00:00Z", "2019-03-01T10:00:00Z", "2026-11-22T10:00:02Z", "2019-03-01T10:00:00+00:00"),
            (None, "2026-11-22T10:00:00Z", None, "2026-11-22T10:00:00+00:00"),
            ("2026-11-22T10:00:00Z", None, "nonsense", "2026-11-22T10:00:00+00:00"),
        ],
        ids=["at once", "by a transfer", "in another shop", "only processed", "only created"],
    )
    def test_when_it_was_paid(self, created: object, processed: object, updated: object, occurred_at: str) -> None:
        event = paid(created_at=created, processed_at=processed, updated_at=updated)
        assert event.occurred_at.isoformat() == occurred_at

    def test_an_order_without_any_time_is_unreadable(self) -> None:
        with pytest.raises(UnreadableDelivery, match="processed_at"):
            paid(created_at=None, processed_at=None, updated_at=None)

    @pytest.mark.parametrize(("cart", "checkout", "cart_id"), [("c", "t", "c"), (None, "t", "t"), (None, None, None)])
    def test_the_cart_id_is_its_token_or_the_checkouts(
        self, cart: object, checkout: object, cart_id: str | None
    ) -> None:
        assert paid(cart_token=cart, checkout_token=checkout).order.cart_id == cart_id

    @pytest.mark.parametrize(("email", "contact"), [(ADDRESS, None), ("", ADDRESS), (None, f" {ADDRESS} ")])
    def test_either_address_is_used(self, email: object, contact: object) -> None:
        assert paid(email=email, contact_email=contact).customer_email == ADDRESS

    @pytest.mark.parametrize("nobody", [None, "", "  ", 5])
    def test_an_order_without_an_address_has_references(self, nobody: object) -> None:
        incoming = only_event("shopify", shopify(PAID, {**SHOPIFY_ORDER, "email": nobody, "contact_email": nobody}))
        assert "customer_email" not in incoming.event
        assert incoming.references == (CUSTOMER,)

    def test_an_order_in_a_store_may_name_no_customer(self) -> None:
        bare = {**SHOPIFY_ORDER, "email": None, "contact_email": None, "customer": None, "billing_address": None}
        incoming = only_event("shopify", shopify(PAID, bare))
        assert incoming.references == ()
        assert not {"customer_email", "phone", "name"} & set(incoming.event)

    def test_a_test_order_is_skipped(self) -> None:
        for topic in (PAID, CANCELLED):
            item = unusable("shopify", shopify(topic, {**SHOPIFY_ORDER, "test": True}))
            assert (item.reason, item.needs_attention) == ("a test order", False)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("customer_locale", "the Queen's English"),
            ("phone", "5" * 33),
            ("order_status_url", "javascript:alert(1)"),
            ("billing_address", "London"),
            ("customer", {**SHOPIFY_CUSTOMER, "first_name": "x" * 501}),
            ("customer", {**SHOPIFY_CUSTOMER, "first_name": "x" * 400, "last_name": "y" * 400}),
            ("line_items", [None, 5, {"sku": "A\0", "quantity": 1}, {"title": "no name for it"}]),
            ("line_items", [{"sku": "A", "quantity": 1}] * 1001),
        ],
    )
    def test_an_invalid_optional_field_does_not_cost_an_order(self, field: str, value: object) -> None:
        assert paid(**{field: value}).order.total == Decimal("404.95")

    @pytest.mark.parametrize(
        ("price", "read"), [("199", "199.00"), (3.336, "3.34"), ("-1", "0.00"), ("ten", "0.00"), (None, "0.00")]
    )
    def test_unit_prices_are_rounded(self, price: object, read: str) -> None:
        assert str(paid(line_items=[{"sku": "A", "quantity": 1, "price": price}]).order.items[0].unit_price) == read

    @pytest.mark.parametrize("quantity", [0, -1, None, "some", 2_000_000])
    def test_a_line_without_a_quantity_is_left_out(self, quantity: object) -> None:
        assert paid(line_items=[{"sku": "A", "quantity": quantity}]).order.items == ()

    @pytest.mark.parametrize("field", ["total_price", "currency"])
    @pytest.mark.parametrize("value", [None, "", "free", [], "-1"])
    def test_without_total_or_currency_it_is_unreadable(self, field: str, value: object) -> None:
        with pytest.raises(UnreadableDelivery, match=field):
            paid(**{field: value})


class TestCancelled:
    def test_a_cancelled_order_is_refunded_in_full(self) -> None:
        event = event_in("shopify", shopify(CANCELLED, SHOPIFY_ORDER))
        assert isinstance(event, OrderRefunded)
        assert (event.order_id, event.cancelled, event.amount) == ("820982911946154508", True, None)
        assert event.occurred_at.isoformat() == "2026-11-23T10:15:00+00:00"

    def test_the_first_reference_is_the_order(self) -> None:
        references = only_event("shopify", shopify(CANCELLED, SHOPIFY_ORDER)).references
        assert references == ("order/820982911946154508", CUSTOMER)

    def test_without_a_time_of_cancellation_it_is_unreadable(self) -> None:
        with pytest.raises(UnreadableDelivery, match="cancelled_at"):
            SHOPS["shopify"].read(shopify(CANCELLED, {**SHOPIFY_ORDER, "cancelled_at": None}))


class TestRefunded:
    def test_the_amount_is_the_sum_of_its_transactions(self) -> None:
        event = refunded(SHOPIFY_REFUND)
        assert (event.order_id, event.refund_id) == ("820982911946154508", "890088186047892319")
        assert (event.amount, event.currency, event.cancelled) == (Decimal("50.00"), "USD", False)

    def test_a_refund_names_its_order_and_no_customer(self) -> None:
        incoming = only_event("shopify", shopify(REFUNDED, SHOPIFY_REFUND))
        assert incoming.references == ("order/820982911946154508",)
        assert "customer_email" not in incoming.event

    def test_a_missing_currency_stays_missing(self) -> None:
        body = with_(with_(SHOPIFY_REFUND, "transactions.0.currency", None), "transactions.1.currency", None)
        assert refunded(body).currency is None

    @pytest.mark.parametrize(
        ("transactions", "reason", "needs_attention"),
        [
            ([], "no money was refunded", False),
            ([{"kind": "refund", "status": "failure", "amount": "5.00"}], "no money was refunded", False),
            ([{"kind": "sale", "status": "success", "amount": "5.00"}], "no money was refunded", False),
            ([{"kind": "refund", "status": "pending", "amount": "5.00"}], "the refund is still pending", True),
            ([{"kind": "refund", "status": "success", "amount": "5.00", "test": True}], "a test order", False),
        ],
    )
    def test_a_refund_without_money(self, transactions: list[Body], reason: str, needs_attention: bool) -> None:
        item = unusable("shopify", shopify(REFUNDED, {**SHOPIFY_REFUND, "transactions": transactions}))
        assert (item.reason, item.needs_attention) == (reason, needs_attention)

    def test_several_currencies_are_unreadable(self) -> None:
        with pytest.raises(UnreadableDelivery, match="several currencies"):
            refunded(with_(SHOPIFY_REFUND, "transactions.0.currency", "EUR"))

    def test_without_a_version_the_id_depends_on_the_bytes(self) -> None:
        more = with_(SHOPIFY_REFUND, "transactions.0.amount", "42.94")
        assert refunded(more).event_id != refunded(SHOPIFY_REFUND).event_id

    def test_two_refunds_of_an_order_have_different_ids(self) -> None:
        other = with_(SHOPIFY_REFUND, "admin_graphql_api_id", "gid://shopify/Refund/2")
        assert refunded(other).event_id != refunded(SHOPIFY_REFUND).event_id


class TestTopics:
    @pytest.mark.parametrize("topic", ["carts/update", "checkouts/delete", "orders/create", "products/update"])
    def test_other_topics_are_skipped(self, topic: str) -> None:
        item = unusable("shopify", shopify(topic, {"id": 1}))
        assert item.event_id.startswith(f"shopify:{topic}:")
        assert not item.needs_attention

    @pytest.mark.parametrize("topic", ["", "orders", "orders/paid ", "ORDERS/PAID", "orders/pa\nid", "é/é", "a" * 300])
    def test_an_invalid_topic_is_unreadable(self, topic: str) -> None:
        assert SHOPS["shopify"].topic(shopify(topic, SHOPIFY_ORDER)) is None
        with pytest.raises(UnreadableDelivery, match="no topic"):
            SHOPS["shopify"].read(shopify(topic, SHOPIFY_ORDER))

    def test_the_header_is_read_with_and_without_its_prefix(self) -> None:
        older = shopify(PAID, SHOPIFY_ORDER)
        newer = WebhookDelivery(older.body, {"shopify-topic": PAID})
        assert SHOPS["shopify"].read(newer) == SHOPS["shopify"].read(older)
        assert SHOPS["shopify"].topic(newer) == PAID
