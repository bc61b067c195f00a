"""WooCommerce's orders, which are delivered whole after each change."""

from decimal import Decimal

import pytest

from intake.door.incoming import IncomingEvent
from intake.webhooks.shop_adapter import UnreadableDelivery
from intake.webhooks.shops import SHOPS
from retention_client.events import OrderPaid, OrderRefunded, parse_event
from tests.intake.webhooks.payloads import ADDRESS, WOOCOMMERCE_ORDER, Body, with_, woocommerce
from tests.intake.webhooks.reading import body_in, event_in, only_event, unusable


def paid(**changes: object) -> OrderPaid:
    """The order as the contract reads it, with some of its fields changed."""
    event = event_in("woocommerce", woocommerce({**WOOCOMMERCE_ORDER, **changes}))
    assert isinstance(event, OrderPaid)
    return event


def test_every_field_of_the_contract_is_read() -> None:
    assert body_in("woocommerce", woocommerce(WOOCOMMERCE_ORDER)) == {
        "type": "ORDER_PAID",
        "event_id": "woocommerce:order.updated:727:2026-11-22T19:28:08+00:00",
        "customer_email": ADDRESS,
        "occurred_at": "2026-11-22T19:28:05+00:00",
        "phone": "(555) 555-5555",
        "name": "Ada O'Brien",
        "order": {
            "order_id": "727",
            "total": "29.35",
            "currency": "USD",
            "country": "US",
            "items": [
                {"sku": "23", "name": "Skillet – Size: M & L", "quantity": 3, "unit_price": "3.33"},
                {"sku": "LID", "name": "Lid", "quantity": 1, "unit_price": "12.00"},
            ],
        },
    }


@pytest.mark.parametrize("topic", ["order.created", "order.updated"])
@pytest.mark.parametrize("status", ["processing", "completed"])
def test_an_order_is_paid_by_its_status_and_its_date(topic: str, status: str) -> None:
    assert isinstance(event_in("woocommerce", woocommerce({**WOOCOMMERCE_ORDER, "status": status}, topic)), OrderPaid)


@pytest.mark.parametrize(
    ("status", "paid_at"),
    [
        *((status, None) for status in ("processing", "completed", "refunded", "cancelled", "failed")),
        *((status, "2026-11-22T19:28:05") for status in ("pending", "on-hold", "trash", "checkout-draft", "")),
    ],
)
def test_an_order_without_status_or_date_is_not_paid(status: str, paid_at: str | None) -> None:
    item = unusable("woocommerce", woocommerce({**WOOCOMMERCE_ORDER, "status": status, "date_paid_gmt": paid_at}))
    assert (item.reason, item.needs_attention) == ("the order is not paid", False)


@pytest.mark.parametrize("status", ["refunded", "cancelled", "failed"])
def test_a_paid_order_that_was_undone_is_cancelled(status: str) -> None:
    event = event_in("woocommerce", woocommerce({**WOOCOMMERCE_ORDER, "status": status}))
    assert isinstance(event, OrderRefunded)
    assert (event.order_id, event.cancelled, event.amount) == ("727", True, None)
    assert event.occurred_at.isoformat() == "2026-11-22T19:28:08+00:00"


def test_each_refund_is_an_event_beside_the_payment() -> None:
    refunds = [{"id": 1, "total": "-10.00"}, {"id": 2, "total": -1.35}]
    item = SHOPS["woocommerce"].read(woocommerce({**WOOCOMMERCE_ORDER, "refunds": refunds}))
    events = [parse_event(dict(one.event), currency="USD") for one in item if isinstance(one, IncomingEvent)]
    assert [(event.refund_id, event.amount) for event in events if isinstance(event, OrderRefunded)] == [
        ("1", Decimal("10.00")),
        ("2", Decimal("1.35")),
    ]
    assert isinstance(events[0], OrderPaid)


@pytest.mark.parametrize(
    ("customer", "references"),
    [(12, ("order/727", "customer/woocommerce/12")), (0, ("order/727",)), (None, ("order/727",))],
)
def test_a_guest_has_no_number(customer: object, references: tuple[str, ...]) -> None:
    incoming = only_event("woocommerce", woocommerce({**WOOCOMMERCE_ORDER, "customer_id": customer}))
    assert incoming.references == references


@pytest.mark.parametrize("billing", [None, {}, [], {"email": ""}, {"email": None}])
def test_without_an_address_it_has_references(billing: object) -> None:
    incoming = only_event("woocommerce", woocommerce({**WOOCOMMERCE_ORDER, "billing": billing}))
    assert "customer_email" not in incoming.event
    assert incoming.references == ("order/727", "customer/woocommerce/12")


def test_blank_fields_are_left_out() -> None:
    blank = dict.fromkeys(("first_name", "last_name", "phone", "country"), "")
    item = body_in("woocommerce", woocommerce({**WOOCOMMERCE_ORDER, "billing": blank}))
    assert not {"customer_email", "name", "phone"} & set(item)
    assert "country" not in item["order"]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Pots &amp; Pans", "Pots & Pans"),
        ("Caf&eacute; &#8211; &quot;Noir&quot;", 'Café – "Noir"'),
        ("&lt;b&gt;", "<b>"),
        ("a&#10;b", ""),
        ("&#" + "9" * 5000 + ";", ""),
        (5, ""),
    ],
)
def test_names_are_unescaped(name: object, read: str) -> None:
    assert paid(line_items=[{"name": name, "sku": "A", "quantity": 1}]).order.items[0].name == read


@pytest.mark.parametrize(
    ("line", "sku"),
    [
        ({"sku": "A", "variation_id": 2, "product_id": 3}, "A"),
        ({"sku": "", "variation_id": 2, "product_id": 3}, "2"),
        ({"sku": "", "variation_id": 0, "product_id": 3}, "3"),
    ],
)
def test_a_line_has_its_sku_or_product_id(line: Body, sku: str) -> None:
    assert [item.sku for item in paid(line_items=[{**line, "quantity": 1}]).order.items] == [sku]


@pytest.mark.parametrize("price", [3, 3.0, "3", "3.00", 2.9999999])
def test_prices_are_numbers_or_text(price: object) -> None:
    assert str(paid(line_items=[{"sku": "A", "quantity": 1, "price": price}]).order.items[0].unit_price) == "3.00"


@pytest.mark.parametrize("time", ["2026-11-22T19:28:05", "2026-11-22T19:28:05Z", "2026-11-22T20:28:05+01:00"])
def test_times_without_a_zone_are_utc(time: str) -> None:
    assert paid(date_paid_gmt=time).occurred_at.isoformat() == "2026-11-22T19:28:05+00:00"


def test_each_change_has_an_id_of_its_own() -> None:
    ids = {paid(date_modified_gmt=time).event_id for time in ("2026-11-22T19:28:08", "2026-11-22T19:28:09", None)}
    assert len(ids) == 3


def test_an_order_paid_and_cancelled_in_one_second_has_both_events() -> None:
    ids = {
        body_in("woocommerce", woocommerce({**WOOCOMMERCE_ORDER, "status": status}))["event_id"]
        for status in ("processing", "cancelled")
    }
    assert len(ids) == 2


@pytest.mark.parametrize("topic", ["order.deleted", "order.restored", "customer.created", "action.wc_x"])
def test_other_topics_are_skipped(topic: str) -> None:
    item = unusable("woocommerce", woocommerce({"id": 727}, topic))
    assert item.event_id.startswith(f"woocommerce:{topic}:")
    assert not item.needs_attention


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", 0),
        ("total", "-1"),
        ("currency", "usd"),
        ("refunds", [{"id": 1}]),
        ("date_paid_gmt", "soon"),
        ("date_paid_gmt", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_required_fields_of_an_order(path: str, value: object) -> None:
    with pytest.raises(UnreadableDelivery, match=path):
        SHOPS["woocommerce"].read(woocommerce(with_(WOOCOMMERCE_ORDER, path, value)))


def test_without_a_topic_it_is_unreadable() -> None:
    with pytest.raises(UnreadableDelivery, match="no topic"):
        SHOPS["woocommerce"].read(woocommerce(WOOCOMMERCE_ORDER, ""))
