"""Adapters read any delivery of a shop, or say why it is unreadable."""

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.door.incoming import IncomingEvent, PrivacyRequest
from intake.webhooks.shop_adapter import DeliveryItem, UnreadableDelivery, UnusableDelivery, WebhookDelivery
from intake.webhooks.shops import SHOPS
from retention_client.events import InvalidEvent, parse_event
from retention_client.fields import UNSTORABLE
from settings import Settings
from tests.intake.webhooks.payloads import ADDRESS, GOOD
from tests.lifecycle.bodies import leaves

every_shop = pytest.mark.parametrize("shop", list(SHOPS))
every_delivery = pytest.mark.parametrize(("shop", "delivery"), list(GOOD.values()), ids=list(GOOD))

MAY_BE_REFUSED = {"order.total", "amount", "order.currency", "cart.currency", "currency"}
"""Fields that an adapter passes on unchecked. Other invalid fields are left out or make the delivery unreadable."""

numbers = st.integers() | st.floats() | st.sampled_from([0, -1, 2**53 + 1, 10**30, 10**4000, 1e-7, 1e300, True])
texts = st.text() | st.sampled_from(
    [
        *(
            "",
            " ",
            "0",
            "-5",
            "1e9",
            "NaN",
            "1" * 5000,
            "x" * 3000,
            "a\0b",
            "&#0;",
            "&#" + "9" * 5000 + ";",
            "EUR",
            "usd",
        ),
        *("paid", "refunded", "gid://shopify/Order/1", "javascript:x", ADDRESS, "ada@", "2026-11-22T10:15:00Z"),
        *("2026-11-22T10:15:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2026-11-22"),
    ]
)
anything = st.recursive(
    st.none() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def read(shop: str, delivery: WebhookDelivery) -> tuple[DeliveryItem, ...]:
    """The items of a delivery; none when it is unreadable, for a reason that contains no address."""
    topic = SHOPS[shop].topic(delivery)
    assert topic is None or len(topic) <= 100
    try:
        return tuple(SHOPS[shop].read(delivery))
    except UnreadableDelivery as error:
        reason = str(error)
    assert ADDRESS not in reason
    return ()


def check(item: DeliveryItem) -> str | None:
    """Check that an item can be stored; the field for which the contract rejects it, if any."""
    match item:
        case IncomingEvent():
            json.dumps(item.event)
            assert all(len(name) <= 300 and not UNSTORABLE.search(name) for name in item.references)
            try:
                parse_event({**item.event, "customer_email": ADDRESS}, currency="USD")
            except InvalidEvent as refused:
                return refused.field
        case PrivacyRequest() | UnusableDelivery():
            assert item.event_id.isprintable()
            assert 0 < len(item.event_id) <= 200
            assert ADDRESS not in item.event_id
    return None


def spoilt(body: Any, data: st.DataObject) -> Any:
    """A document with something else at one place, or nothing."""
    changed = deepcopy(body)
    path = data.draw(st.sampled_from([(), *leaves(body)]))
    if not path:
        return data.draw(anything)
    place = changed
    for step in path[:-1]:
        place = place[step]
    if data.draw(st.booleans()) and isinstance(place, dict):
        del place[path[-1]]
    else:
        place[path[-1]] = data.draw(anything)
    return changed


@every_delivery
class TestKnownDeliveries:
    def test_a_valid_delivery_is_read_completely(self, shop: str, delivery: WebhookDelivery) -> None:
        item = read(shop, delivery)
        assert item
        assert not any(isinstance(one, UnusableDelivery) for one in item)
        assert [check(one) for one in item] == [None] * len(item)

    def test_a_duplicate_has_the_same_distinct_ids(self, shop: str, delivery: WebhookDelivery) -> None:
        first, again = (
            [one.event["event_id"] if isinstance(one, IncomingEvent) else one.event_id for one in read(shop, delivery)]
            for _ in range(2)
        )
        assert first == again
        assert len(set(first)) == len(first)

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_a_changed_delivery_is_unreadable_or_matches_the_contract(
        self, shop: str, delivery: WebhookDelivery, data: st.DataObject
    ) -> None:
        body = json.loads(delivery.body)
        for _ in range(data.draw(st.integers(1, 3))):
            body = spoilt(body, data)
        for item in read(shop, replace(delivery, body=json.dumps(body).encode())):
            refused_for = check(item)
            assert shop == "standard" or refused_for is None or refused_for in MAY_BE_REFUSED

    @settings(deadline=None)
    @given(st.data())
    def test_a_truncated_delivery_is_unreadable(
        self, shop: str, delivery: WebhookDelivery, data: st.DataObject
    ) -> None:
        end = data.draw(st.integers(0, len(delivery.body) - 1))
        assert read(shop, replace(delivery, body=delivery.body[:end])) == ()


@every_shop
class TestAnything:
    @settings(deadline=None)
    @given(st.binary() | anything.map(lambda value: json.dumps(value).encode()), st.data())
    def test_any_body_under_any_header(self, shop: str, body: bytes, data: st.DataObject) -> None:
        headers = {name for _, good in GOOD.values() for name in good.headers}
        topics = [value for _, good in GOOD.values() for value in good.headers.values()]
        drawn = data.draw(st.dictionaries(st.sampled_from(sorted(headers)), st.sampled_from(topics) | st.text()))
        for item in read(shop, WebhookDelivery(body, drawn)):
            check(item)

    @pytest.mark.parametrize(
        "body",
        [
            *(b"", b"\0", b"\xff", b"null", b"[]", b"5", b'"text"', b"{", b"{}", b'{"id": NaN}', b'{"id": "\\ud800"}'),
            *(b"[" * 100_000, b'{"id":' * 100_000, b'{"id": ' + b"9" * 5000 + b"}", b"\xef\xbb\xbf{}"),
        ],
        ids=lambda body: ascii(body)[:20],
    )
    def test_arbitrary_bodies_do_not_crash(self, shop: str, body: bytes) -> None:
        for _, good in GOOD.values():
            for item in read(shop, WebhookDelivery(body, good.headers)):
                check(item)

    def test_its_secrets_are_a_setting(self, shop: str) -> None:
        assert SHOPS[shop].name == shop
        assert SHOPS[shop].secrets in Settings.model_fields
