"""What PostgreSQL refuses is refused at the door, with a field and a reason."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.door.incoming import EventAccepted, EventRejected
from tests.intake.conftest import NOON, Counter, id_of

NUL, LONE = "a\0b", "a\ud800b"


@pytest.mark.parametrize("text", [NUL, LONE])
@pytest.mark.parametrize(
    "fields",
    [
        {"event_id": "?"},
        {"customer_email": "ada?@example.com"},
        {"name": "?"},
        {"phone": "?"},
        {"cart": {"cart_id": "?", "items": []}},
        {"cart": {"cart_id": "c", "items": [{"sku": "?"}]}},
        {"cart": {"cart_id": "c", "items": [{"sku": "s", "name": "?"}]}},
        {"cart": {"cart_id": "c", "url": "https://shop.example/?"}},
        {"type": "CUSTOM", "name": "n", "properties": {"?": 1}},
        {"type": "CUSTOM", "name": "n", "properties": {"k": ["?"]}},
        {"type": "CONSENT_CHANGED", "channel": "email", "granted": True, "source": "?"},
        {"type": "ORDER_REFUNDED", "order_id": "?", "cancelled": True},
    ],
)
async def test_a_character_that_cannot_be_stored(counter: Counter, fields: dict[str, Any], text: str) -> None:
    event = json.loads(json.dumps({**counter.cart("c-1"), **fields}).replace("?", json.dumps(text)[1:-1]))
    (answer,) = await counter.send(event)
    assert isinstance(answer, EventRejected)
    assert await counter.statuses() == {}


@pytest.mark.parametrize("name", [f"customer/shopify/{NUL}", f"customer/shopify/{LONE}", "customer/" + "9" * 300])
async def test_a_reference_that_cannot_be_stored(counter: Counter, name: str) -> None:
    (answer,) = await counter.send(counter.event("VISITED"), references=[name])
    assert isinstance(answer, EventRejected)
    assert answer.field == "references"


async def test_the_longest_allowed_values_are_stored(counter: Counter) -> None:
    letter = "\N{GRINNING FACE}"
    event = counter.cart(letter * 200, None, at=NOON.replace(year=9999)) | {"event_id": letter * 200}
    assert await counter.send(event) == (EventAccepted(event["event_id"], waiting=True),)
    custom = counter.event("CUSTOM", name="n", properties={"number": 10**4000, "deep": [[[[{"a": [1e308]}]]]]})
    assert await counter.send(custom) == (EventAccepted(custom["event_id"]),)


async def test_a_topic_comes_from_a_header_and_is_cut(counter: Counter) -> None:
    topic = "orders/\0paid" + "x" * 200
    await counter.door.keep("d-1", "no reason", b"{}", source="shopify", topic=topic, now=NOON)
    (row,) = await counter.rows("SELECT topic FROM event_inbox")
    assert row["topic"] == ("orders/paid" + "x" * 200)[:100]


async def test_unreadable_bytes_are_stored_with_the_customers_they_mention(counter: Counter) -> None:
    raw = b'\0\xff{"email": "ada\\u0040example.com", "to": ["bob@example.com", "@", "x@"]}'
    for _ in range(2):
        await counter.door.keep("d-1", "no JSON", raw, source="shopify", topic="orders/paid", now=NOON)
    (row,) = await counter.rows("SELECT * FROM event_inbox")
    assert (row["status"], bytes(row["raw"]), row["last_error"]) == ("REFUSED", raw, "no JSON")
    assert row["mentions"] == [id_of("ada@example.com"), id_of("bob@example.com")]


async def test_bytes_that_mention_an_erased_customer_are_not_stored(counter: Counter) -> None:
    await counter.run(
        "INSERT INTO erasures (customer_id, erased_at, requested_by) VALUES (:id, '2026-01-01', 'test')",
        id=id_of("ada@example.com"),
    )
    await counter.door.keep("d-1", "no JSON", b"<ada@example.com>", source="shopify", topic="orders/paid", now=NOON)
    (row,) = await counter.rows("SELECT * FROM event_inbox")
    assert (row["status"], row["raw"], row["mentions"]) == ("REFUSED", None, None)
    assert row["last_error"] == "no JSON; it names a customer who was erased"


async def test_a_megabyte_without_a_space_is_searched_as_well(counter: Counter) -> None:
    """If the search were not linear, this test would not end."""
    raw = b"x" * 1_000_000 + b' "ada@example.com"'
    await counter.door.keep("d-1", "no JSON", raw, source="shopify", topic="orders/paid", now=NOON)
    (row,) = await counter.rows("SELECT mentions FROM event_inbox")
    assert row["mentions"] == [id_of("ada@example.com")]


async def test_a_skipped_delivery_is_stored_without_its_bytes(counter: Counter) -> None:
    await counter.door.keep("d-1", "a test order", None, source="shopify", topic="orders/paid", now=NOON)
    (row,) = await counter.rows("SELECT * FROM event_inbox")
    assert (row["status"], row["raw"], row["mentions"]) == ("SKIPPED", None, None)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
event_fields = st.dictionaries(
    st.sampled_from(["event_id", "name", "phone", "locale", "time_zone", "properties", "consent", "source"]),
    values,
    max_size=4,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(event_fields, st.lists(st.text(st.characters(), max_size=20), max_size=2))
async def test_every_event_gets_a_result(counter: Counter, fields: dict[str, Any], references: list[str]) -> None:
    (answer,) = await counter.send({**counter.event("CUSTOM", name="n"), **fields}, references=references)
    assert isinstance(answer, EventAccepted | EventRejected)
