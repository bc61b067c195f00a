"""Shopify's orders, cancellations and refunds."""

from decimal import Decimal

import pytest

from intake.webhooks.shop import UnreadableDelivery, WebhookDelivery
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
from tests.intake.webhooks.reading import body_in, event_in, only_fact, unusable

PAID, CANCELLED, REFUNDED = "orders/paid", "orders/cancelled", "refunds/create"
CUSTOMER = "customer/shopify/115310627314723954"


def paid(**changes: object) -> OrderPaid:
    """The order as the contract reads it, with some of its fields changed."""
    event = event_in("shopify", shopify(PAID, {**SHOPIFY_ORDER, **changes}))
    assert isinstance(event, OrderPaid)
    return event


def refunded(body: Body) -> OrderRefunded:
    """A refund as the contract reads it, once it is known whose it is."""
    told = {**body_in("shopify", shopify(REFUNDED, body)), "customer_email": ADDRESS}
    return OrderRefunded.model_validate(told)


class TestPaid:
    def test_everything_the_contract_asks_for_is_told(self) -> None:
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

    def test_the_shops_number_of_the_customer_is_remembered(self) -> None:
        assert only_fact("shopify", shopify(PAID, SHOPIFY_ORDER)).references == (CUSTOMER,)

    @pytest.mark.parametrize(
        ("id_", "global_id", "order_id"),
        [
            (820982911946154500, "gid://shopify/Order/820982911946154508", "820982911946154508"),
            (450789469, None, "450789469"),
            ("450789469", "nonsense", "450789469"),
            (None, "gid://shopify/Order/7", "7"),
        ],
    )
    def test_the_exact_number_is_the_orders(self, id_: object, global_id: object, order_id: str) -> None:
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

    def test_an_order_without_any_time_cannot_be_read(self) -> None:
        with pytest.raises(UnreadableDelivery, match="processed_at"):
            paid(created_at=None, processed_at=None, updated_at=None)

    @pytest.mark.parametrize(("cart", "checkout", "cart_id"), [("c", "t", "c"), (None, "t", "t"), (None, None, None)])
    def test_the_cart_goes_by_its_token_or_the_checkouts(
        self, cart: object, checkout: object, cart_id: str | None
    ) -> None:
        assert paid(cart_token=cart, checkout_token=checkout).order.cart_id == cart_id

    @pytest.mark.parametrize(("email", "contact"), [(ADDRESS, None), ("", ADDRESS), (None, f" {ADDRESS} ")])
    def test_either_address_will_do(self, email: object, contact: object) -> None:
        assert paid(email=email, contact_email=contact).customer_email == ADDRESS

    @pytest.mark.parametrize("nobody", [None, "", "  ", 5])
    def test_an_order_without_an_address_waits_for_its_customer(self, nobody: object) -> None:
        fact = only_fact("shopify", shopify(PAID, {**SHOPIFY_ORDER, "email": nobody, "contact_email": nobody}))
        assert "customer_email" not in fact.event
        assert fact.references == (CUSTOMER,)

    def test_an_order_at_the_till_may_name_nobody(self) -> None:
        bare = {**SHOPIFY_ORDER, "email": None, "contact_email": None, "customer": None, "billing_address": None}
        fact = only_fact("shopify", shopify(PAID, bare))
        assert fact.references == ()
        assert not {"customer_email", "phone", "name"} & set(fact.event)

    def test_a_test_order_is_none(self) -> None:
        for topic in (PAID, CANCELLED):
            told = unusable("shopify", shopify(topic, {**SHOPIFY_ORDER, "test": True}))
            assert (told.reason, told.look) == ("a test order", False)

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
    def test_nothing_that_the_contract_would_refuse_costs_an_order(self, field: str, value: object) -> None:
        assert paid(**{field: value}).order.total == Decimal("404.95")

    @pytest.mark.parametrize(
        ("price", "read"), [("199", "199.00"), (3.336, "3.34"), ("-1", "0.00"), ("ten", "0.00"), (None, "0.00")]
    )
    def test_what_a_line_costs(self, price: object, read: str) -> None:
        assert str(paid(line_items=[{"sku": "A", "quantity": 1, "price": price}]).order.items[0].unit_price) == read

    @pytest.mark.parametrize("quantity", [0, -1, None, "some", 2_000_000])
    def test_a_line_of_which_nothing_is_left_is_none(self, quantity: object) -> None:
        assert paid(line_items=[{"sku": "A", "quantity": quantity}]).order.items == ()

    @pytest.mark.parametrize("field", ["total_price", "currency"])
    @pytest.mark.parametrize("value", [None, "", "free", [], "-1"])
    def test_without_what_was_paid_it_cannot_be_read(self, field: str, value: object) -> None:
        with pytest.raises(UnreadableDelivery, match=field):
            paid(**{field: value})


class TestCancelled:
    def test_the_whole_order_is_undone(self) -> None:
        event = event_in("shopify", shopify(CANCELLED, SHOPIFY_ORDER))
        assert isinstance(event, OrderRefunded)
        assert (event.order_id, event.cancelled, event.amount) == ("820982911946154508", True, None)
        assert event.occurred_at.isoformat() == "2026-11-23T10:15:00+00:00"

    def test_it_is_known_by_its_order_first(self) -> None:
        references = only_fact("shopify", shopify(CANCELLED, SHOPIFY_ORDER)).references
        assert references == ("order/820982911946154508", CUSTOMER)

    def test_an_order_that_stands_was_not_cancelled(self) -> None:
        with pytest.raises(UnreadableDelivery, match="cancelled_at"):
            SHOPS["shopify"].read(shopify(CANCELLED, {**SHOPIFY_ORDER, "cancelled_at": None}))


class TestRefunded:
    def test_what_its_transactions_gave_back(self) -> None:
        event = refunded(SHOPIFY_REFUND)
        assert (event.order_id, event.refund_id) == ("820982911946154508", "890088186047892319")
        assert (event.amount, event.currency, event.cancelled) == (Decimal("50.00"), "USD", False)

    def test_it_names_its_order_and_nobody(self) -> None:
        fact = only_fact("shopify", shopify(REFUNDED, SHOPIFY_REFUND))
        assert fact.references == ("order/820982911946154508",)
        assert "customer_email" not in fact.event

    def test_a_currency_that_is_not_told_is_not_made_up(self) -> None:
        body = with_(with_(SHOPIFY_REFUND, "transactions.0.currency", None), "transactions.1.currency", None)
        assert refunded(body).currency is None

    @pytest.mark.parametrize(
        ("transactions", "reason", "look"),
        [
            ([], "no money went back", False),
            ([{"kind": "refund", "status": "failure", "amount": "5.00"}], "no money went back", False),
            ([{"kind": "sale", "status": "success", "amount": "5.00"}], "no money went back", False),
            ([{"kind": "refund", "status": "pending", "amount": "5.00"}], "the money is still to go back", True),
            ([{"kind": "refund", "status": "success", "amount": "5.00", "test": True}], "a test order", False),
        ],
    )
    def test_a_refund_without_money(self, transactions: list[Body], reason: str, look: bool) -> None:
        told = unusable("shopify", shopify(REFUNDED, {**SHOPIFY_REFUND, "transactions": transactions}))
        assert (told.reason, told.look) == (reason, look)

    def test_two_currencies_are_no_sum(self) -> None:
        with pytest.raises(UnreadableDelivery, match="several currencies"):
            refunded(with_(SHOPIFY_REFUND, "transactions.0.currency", "EUR"))

    def test_a_delivery_without_a_version_goes_by_its_bytes(self) -> None:
        more = with_(SHOPIFY_REFUND, "transactions.0.amount", "42.94")
        assert refunded(more).event_id != refunded(SHOPIFY_REFUND).event_id

    def test_two_refunds_of_an_order_have_ids_of_their_own(self) -> None:
        other = with_(SHOPIFY_REFUND, "admin_graphql_api_id", "gid://shopify/Refund/2")
        assert refunded(other).event_id != refunded(SHOPIFY_REFUND).event_id


class TestTopics:
    @pytest.mark.parametrize("topic", ["carts/update", "checkouts/delete", "orders/create", "products/update"])
    def test_others_are_kept_and_need_nothing(self, topic: str) -> None:
        told = unusable("shopify", shopify(topic, {"id": 1}))
        assert told.event_id.startswith(f"shopify:{topic}:")
        assert not told.look

    @pytest.mark.parametrize("topic", ["", "orders", "orders/paid ", "ORDERS/PAID", "orders/pa\nid", "é/é", "a" * 300])
    def test_what_is_no_topic_cannot_be_read(self, topic: str) -> None:
        assert SHOPS["shopify"].topic(shopify(topic, SHOPIFY_ORDER)) is None
        with pytest.raises(UnreadableDelivery, match="no topic"):
            SHOPS["shopify"].read(shopify(topic, SHOPIFY_ORDER))

    def test_the_header_goes_with_and_without_its_prefix(self) -> None:
        older = shopify(PAID, SHOPIFY_ORDER)
        newer = WebhookDelivery(older.body, {"shopify-topic": PAID})
        assert SHOPS["shopify"].read(newer) == SHOPS["shopify"].read(older)
        assert SHOPS["shopify"].topic(newer) == PAID
