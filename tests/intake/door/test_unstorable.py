"""What PostgreSQL refuses is refused at the door, with a field and a reason."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.door.incoming import EventAccepted, EventRejected
from tests.intake.conftest import NOON, Counter, whose

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
    (answer,) = await counter.tell(event)
    assert isinstance(answer, EventRejected)
    assert await counter.statuses() == {}


@pytest.mark.parametrize("name", [f"customer/shopify/{NUL}", f"customer/shopify/{LONE}", "customer/" + "9" * 300])
async def test_a_reference_that_cannot_be_kept(counter: Counter, name: str) -> None:
    (answer,) = await counter.tell(counter.event("VISITED"), names=[name])
    assert isinstance(answer, EventRejected)
    assert answer.field == "references"


async def test_the_longest_that_may_be_is_kept(counter: Counter) -> None:
    letter = "\N{GRINNING FACE}"
    event = counter.cart(letter * 200, None, at=NOON.replace(year=9999)) | {"event_id": letter * 200}
    assert await counter.tell(event) == (EventAccepted(event["event_id"], waiting=True),)
    custom = counter.event("CUSTOM", name="n", properties={"number": 10**4000, "deep": [[[[{"a": [1e308]}]]]]})
    assert await counter.tell(custom) == (EventAccepted(custom["event_id"]),)


async def test_a_topic_comes_from_a_header_and_is_cut(counter: Counter) -> None:
    topic = "orders/\0paid" + "x" * 200
    await counter.door.keep("d-1", "no reason", b"{}", source="shopify", topic=topic, now=NOON)
    (row,) = await counter.rows("SELECT topic FROM event_inbox")
    assert row["topic"] == ("orders/paid" + "x" * 200)[:100]


async def test_bytes_that_nobody_can_read_are_kept_and_tell_whom_they_name(counter: Counter) -> None:
    raw = b'\0\xff{"email": "ada\\u0040example.com", "to": ["bob@example.com", "@", "x@"]}'
    for _ in range(2):
        await counter.door.keep("d-1", "no JSON", raw, source="shopify", topic="orders/paid", now=NOON)
    (row,) = await counter.rows("SELECT * FROM event_inbox")
    assert (row["status"], bytes(row["raw"]), row["last_error"]) == ("REFUSED", raw, "no JSON")
    assert row["mentions"] == [whose("ada@example.com"), whose("bob@example.com")]


async def test_bytes_that_name_somebody_who_was_erased_are_not_kept(counter: Counter) -> None:
    await counter.run(
        "INSERT INTO erasures (customer_id, erased_at, requested_by) VALUES (:id, '2026-01-01', 'test')",
        id=whose("ada@example.com"),
    )
    await counter.door.keep("d-1", "no JSON", b"<ada@example.com>", source="shopify", topic="orders/paid", now=NOON)
    (row,) = await counter.rows("SELECT * FROM event_inbox")
    assert (row["status"], row["raw"], row["mentions"]) == ("REFUSED", None, None)
    assert row["last_error"] == "no JSON; it names somebody who was erased"


async def test_a_megabyte_without_a_space_is_looked_through_as_well(counter: Counter) -> None:
    """Were the look not linear, nobody would see the end of this test."""
    raw = b"x" * 1_000_000 + b' "ada@example.com"'
    await counter.door.keep("d-1", "no JSON", raw, source="shopify", topic="orders/paid", now=NOON)
    (row,) = await counter.rows("SELECT mentions FROM event_inbox")
    assert row["mentions"] == [whose("ada@example.com")]


async def test_what_needs_nothing_is_kept_without_its_bytes(counter: Counter) -> None:
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
fields = st.dictionaries(
    st.sampled_from(["event_id", "name", "phone", "locale", "time_zone", "properties", "consent", "source"]),
    values,
    max_size=4,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields, st.lists(st.text(st.characters(), max_size=20), max_size=2))
async def test_whatever_is_told_is_answered(counter: Counter, told: dict[str, Any], names: list[str]) -> None:
    (answer,) = await counter.tell({**counter.event("CUSTOM", name="n"), **told}, names=names)
    assert isinstance(answer, EventAccepted | EventRejected)
