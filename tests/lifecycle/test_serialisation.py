"""A customer travels from run to run: they come out as they went in, and cost few bytes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from temporalio.contrib.pydantic import pydantic_data_converter

from lifecycle.contact import Contact, ContactStatement
from lifecycle.customer import Customer
from lifecycle.facts import Fact, Purchase
from lifecycle.history import of_facts
from lifecycle.messages import PlannedMessage, message_key
from lifecycle.policy import Policy
from lifecycle.snapshot import pack_customer, pack_policy, unpack_customer, unpack_policy
from lifecycle.states import State
from tests.lifecycle.shop import DAY, HOUR, at, cart, event, item, paid, visited
from tests.lifecycle.story import NEWCOMER, Story
from tests.lifecycle.strategies import END, POLICY, facts

CONVERTER = pydantic_data_converter.payload_converter


def travelled(customer: Customer) -> tuple[Customer, int]:
    """A customer packed, sent, received and unpacked, and the bytes that took."""
    payloads = CONVERTER.to_payloads([pack_customer(customer)])
    (packed,) = CONVERTER.from_payloads(payloads, [dict[str, Any]])
    return unpack_customer(customer.customer_id, customer.email, packed), len(payloads[0].data)


def unpacked(customer: Customer) -> tuple[Customer, int]:
    """A customer sent and received as they are, and the bytes that took."""
    payloads = CONVERTER.to_payloads([customer])
    (received,) = CONVERTER.from_payloads(payloads, [Customer])
    return received, len(payloads[0].data)


def typical() -> Customer:
    """Four orders, each from a cart, consent by e-mail, an open cart of two items, two messages to come."""
    story = Story(visited(0, name="Ada", consent={"email": True}))
    for number in range(4):
        day = 30 * number + 1
        story.tell(cart(day, f"c-{number}"))
        story.tell(cart(day * DAY + HOUR / 2, f"c-{number}", "SKILLET", "LID"))
        story.tell(paid(day * DAY + HOUR / 2, "199.00", f"82098291{number}", f"c-{number}"))
    lines = [
        item(sku, url=f"https://shop.example/products/{sku}", image_url=f"https://images.shop.example/{sku}.jpg")
        for sku in ("CAST-IRON-SKILLET", "GLASS-LID")
    ]
    story.tell(event("CART_UPDATED", 100, cart={"cart_id": "c-9", "url": "https://shop.example/c-9", "items": lines}))
    keys = [
        message_key(story.customer.customer_id, "care-guide", order_id, 1) for order_id in ("820982912", "820982913")
    ]
    to_come = [PlannedMessage(key, "Care guide", at(101), "ORDER_PAID", "820982912", at(91)) for key in keys]
    return replace(story.customer, epoch=1, revision=17).plan(tuple(to_come))


def test_a_typical_customer_is_small() -> None:
    customer = typical()
    assert (customer.standing.order_count, len(customer.messages), len(customer.carts.open)) == (4, 2, 1)
    received, size = travelled(customer)
    assert received == customer
    assert size < 2_900


def test_a_typical_customer_is_not_large_even_as_they_are() -> None:
    customer = typical()
    received, size = unpacked(customer)
    assert received == customer
    assert size < 3_500


def test_a_newcomer_is_next_to_nothing() -> None:
    received, size = travelled(NEWCOMER)
    assert (received, size) == (NEWCOMER, len("{}"))


def test_carts_that_move_nobody_add_nothing_but_the_latest_lines_of_the_story() -> None:
    quiet, busy = (Story(paid(0), *(cart(timedelta(days=1, minutes=n)) for n in range(most))) for most in (10, 200))
    assert travelled(busy.customer)[1] == travelled(quiet.customer)[1]


def test_an_order_of_the_folded_past_costs_little() -> None:
    orders: list[Fact] = [Purchase(at(day), f"e-{day}", f"82098{day:04}", Decimal("199.00")) for day in range(200)]
    sizes = [travelled(replace(NEWCOMER, history=of_facts(orders[:most], END, POLICY)))[1] for most in (100, 200)]
    assert (sizes[1] - sizes[0]) / 100 < 70


@given(facts(most=12), st.integers(0, 12), st.data())
def test_whatever_happened_is_the_same_after_the_journey(found: list[Fact], kept: int, data: st.DataObject) -> None:
    since = found[kept].at if kept < len(found) else None
    word = st.builds(
        ContactStatement, st.booleans() | st.sampled_from(["true", "1", "Ada"]), st.just(at(0)), st.just("e")
    )
    customer = replace(
        NEWCOMER,
        history=of_facts(found, END, POLICY, open_since=since),
        contact=Contact(data.draw(st.dictionaries(st.sampled_from(["name", "phone", "consent_sms"]), word))),
    )
    assert travelled(customer)[0] == customer
    assert unpacked(customer)[0] == customer


@given(facts(least=1))
def test_every_kind_of_fact_is_told_apart(found: list[Fact]) -> None:
    customer = replace(NEWCOMER, history=replace(NEWCOMER.history, recent=tuple(found)))
    assert [type(fact) for fact in travelled(customer)[0].history.recent] == [type(fact) for fact in found]


def test_one_who_travelled_goes_on_as_one_who_stayed() -> None:
    stayed = Story(cart(0), paid(1, "300.00"), paid(2, "300.00"), cart(3, "c-2"))
    went = Story(policy=stayed.policy)
    went.customer, went.now = travelled(stayed.customer)[0], stayed.now
    later = [paid(2.5), cart(4, "c-3"), paid(5, cart_id="c-3")]
    for story in (stayed, went):
        story.transitions, story.triggers = [], []
        for late in later:
            story.tell(late, arrives=6)
        story.wait_until(200)
    assert (went.customer, went.transitions, went.triggers) == (stayed.customer, stayed.transitions, stayed.triggers)


def test_a_policy_travels_as_what_differs() -> None:
    own = Policy(
        vip_threshold=Decimal("1000.00"),
        cart_timeout=timedelta(minutes=90),
        checked_states=frozenset({State.REPEAT, State.VIP}),
        currency="EUR",
        service_skus=frozenset({"POST"}),
    )
    assert pack_policy(Policy()) == {}
    for policy in (Policy(), own):
        (packed,) = CONVERTER.from_payloads(CONVERTER.to_payloads([pack_policy(policy)]), [dict[str, Any]])
        assert unpack_policy(packed) == policy
