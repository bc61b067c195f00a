"""Events of our own contract, signed as Standard Webhooks."""

import pytest

from intake.door.incoming import IncomingEvent
from intake.webhooks.shop_adapter import DeliveryItem, UnreadableDelivery, UnusableDelivery, WebhookDelivery
from intake.webhooks.shops import SHOPS
from tests.intake.webhooks.payloads import OWN_EVENT, Body, plain

WITHOUT_ID: Body = {name: value for name, value in OWN_EVENT.items() if name != "event_id"}


def read(body: object, webhook_id: str = "msg_1") -> tuple[DeliveryItem, ...]:
    """What a body tells."""
    return tuple(SHOPS["standard"].read(plain(body, webhook_id=webhook_id)))


def test_an_event_is_passed_on_unchanged() -> None:
    assert read(OWN_EVENT) == (IncomingEvent(OWN_EVENT),)


def test_an_event_without_an_id_gets_that_of_its_delivery() -> None:
    assert read(WITHOUT_ID) == (IncomingEvent({**WITHOUT_ID, "event_id": "standard:msg_1"}),)


def test_events_in_a_list_get_numbered_ids() -> None:
    first, second, third = read([WITHOUT_ID, OWN_EVENT, {**OWN_EVENT, "event_id": None}])
    assert (first, second) == (IncomingEvent({**WITHOUT_ID, "event_id": "standard:msg_1:1"}), IncomingEvent(OWN_EVENT))
    assert third == IncomingEvent({**OWN_EVENT, "event_id": "standard:msg_1:3"})


def test_an_invalid_event_in_a_list_does_not_affect_the_others() -> None:
    good, bad = read([OWN_EVENT, "event"])
    assert good == IncomingEvent(OWN_EVENT)
    assert bad == UnusableDelivery("standard:msg_1:2", "an event must be one JSON object", needs_attention=True)


@pytest.mark.parametrize("webhook_id", ["m" * 500, "a\0b", "a\nb"])
def test_an_invalid_id_is_replaced_by_its_digest(webhook_id: str) -> None:
    (item,) = read(WITHOUT_ID, webhook_id)
    assert isinstance(item, IncomingEvent)
    assert len(item.event["event_id"]) <= 200
    assert item.event["event_id"].isprintable()
    assert read(WITHOUT_ID, webhook_id) != read(WITHOUT_ID, webhook_id + "2")


def test_without_headers_the_id_depends_on_the_bytes() -> None:
    item = [SHOPS["standard"].read(WebhookDelivery(body)) for body in (b'{"type":"VISITED"}', b'{"type":"CUSTOM"}')]
    assert item[0] != item[1]
    assert all(isinstance(one, IncomingEvent) and len(one.event["event_id"]) > 32 for (one,) in item)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        *((body, "must contain 1 to 1000 events") for body in (b"[]", b"[" + 1000 * b"{}," + b"{}]")),
        *((body, "not JSON") for body in (b"", b"{", b'{"properties": NaN}')),
    ],
)
def test_a_body_without_events_is_unreadable(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDelivery, match=reason):
        SHOPS["standard"].read(WebhookDelivery(body, {"webhook-id": "msg_1"}))


def test_it_has_no_topic() -> None:
    assert SHOPS["standard"].topic(plain(OWN_EVENT)) is None
