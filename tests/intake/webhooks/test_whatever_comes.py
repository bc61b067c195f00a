"""Whatever a shop sends, its adapter tells something of it or says why it cannot be read."""

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.door.incoming import IncomingEvent, PrivacyRequest
from intake.webhooks.shop import DeliveryItem, UnreadableDelivery, UnusableDelivery, WebhookDelivery
from intake.webhooks.shops import SHOPS
from retention_client.events import InvalidEvent, parse_event
from retention_client.fields import UNSTORABLE
from settings import Settings
from tests.intake.webhooks.payloads import ADDRESS, GOOD
from tests.lifecycle.bodies import leaves

every_shop = pytest.mark.parametrize("shop", list(SHOPS))
every_delivery = pytest.mark.parametrize(("shop", "delivery"), list(GOOD.values()), ids=list(GOOD))

MAY_BE_REFUSED = {"order.total", "amount", "order.currency", "cart.currency", "currency"}
"""What an adapter passes on as it was told. Anything else it could leave out, or say that it cannot read it."""

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
    """What a delivery tells; nothing when it cannot be read, for a reason that repeats nobody's address."""
    topic = SHOPS[shop].topic(delivery)
    assert topic is None or len(topic) <= 100
    try:
        return tuple(SHOPS[shop].read(delivery))
    except UnreadableDelivery as error:
        reason = str(error)
    assert ADDRESS not in reason
    return ()


def check(told: DeliveryItem) -> str | None:
    """See that something told is sound, and give the field for which the contract refuses it."""
    match told:
        case IncomingEvent():
            json.dumps(told.event)
            assert all(len(name) <= 300 and not UNSTORABLE.search(name) for name in told.references)
            try:
                parse_event({**told.event, "customer_email": ADDRESS}, currency="USD")
            except InvalidEvent as refused:
                return refused.field
        case PrivacyRequest() | UnusableDelivery():
            assert told.event_id.isprintable()
            assert 0 < len(told.event_id) <= 200
            assert ADDRESS not in told.event_id
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
    def test_a_good_one_is_taken_whole(self, shop: str, delivery: WebhookDelivery) -> None:
        told = read(shop, delivery)
        assert told
        assert not any(isinstance(one, UnusableDelivery) for one in told)
        assert [check(one) for one in told] == [None] * len(told)

    def test_the_same_again_has_the_same_ids_and_each_thing_its_own(self, shop: str, delivery: WebhookDelivery) -> None:
        first, again = (
            [one.event["event_id"] if isinstance(one, IncomingEvent) else one.event_id for one in read(shop, delivery)]
            for _ in range(2)
        )
        assert first == again
        assert len(set(first)) == len(first)

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_a_spoilt_one_is_read_or_not_and_told_as_the_contract_has_it(
        self, shop: str, delivery: WebhookDelivery, data: st.DataObject
    ) -> None:
        body = json.loads(delivery.body)
        for _ in range(data.draw(st.integers(1, 3))):
            body = spoilt(body, data)
        for told in read(shop, replace(delivery, body=json.dumps(body).encode())):
            refused_for = check(told)
            assert shop == "standard" or refused_for is None or refused_for in MAY_BE_REFUSED

    @settings(deadline=None)
    @given(st.data())
    def test_one_that_was_cut_short_cannot_be_read(
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
        for told in read(shop, WebhookDelivery(body, drawn)):
            check(told)

    @pytest.mark.parametrize(
        "body",
        [
            *(b"", b"\0", b"\xff", b"null", b"[]", b"5", b'"text"', b"{", b"{}", b'{"id": NaN}', b'{"id": "\\ud800"}'),
            *(b"[" * 100_000, b'{"id":' * 100_000, b'{"id": ' + b"9" * 5000 + b"}", b"\xef\xbb\xbf{}"),
        ],
        ids=lambda body: ascii(body)[:20],
    )
    def test_what_is_no_delivery_at_all(self, shop: str, body: bytes) -> None:
        for _, good in GOOD.values():
            for told in read(shop, WebhookDelivery(body, good.headers)):
                check(told)

    def test_its_secrets_are_a_setting(self, shop: str) -> None:
        assert SHOPS[shop].name == shop
        assert SHOPS[shop].secrets in Settings.model_fields
