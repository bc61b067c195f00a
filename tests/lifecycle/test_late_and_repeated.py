"""Events that come late, twice, or from the future."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from lifecycle.facts import Fact, Purchase
from lifecycle.history import MOST_RECENT, of_facts
from lifecycle.policy import Policy
from lifecycle.retention_agent import NeedsLedger, RetentionAgent
from lifecycle.states import State
from tests.lifecycle.shop import OPENING, at, cart, checked, event, paid, visited
from tests.lifecycle.story import NEWCOMER, Story, story_of


def test_an_order_that_arrives_after_the_loss_but_happened_before_is_of_one_who_was_never_lost() -> None:
    story = story_of(State.VIP).wait_until(190)
    assert story.state is State.CHURNED
    change = story.tell(paid(150, order_id="late"), arrives=200)
    assert [(step.from_state, step.to_state, step.restated) for step in change.transitions] == [
        (State.CHURNED, State.VIP, True)
    ]
    assert [(found.event, found.at) for found in change.triggers] == [
        ("ORDER_PAID", at(150)),
        ("ENTERED_STATE_VIP", at(200)),
    ]
    assert story.wait_until(240).path[-2:] == [State.VIP, State.AT_RISK]


def test_a_late_order_that_only_moves_the_loss_away_leaves_the_customer_at_risk() -> None:
    story = story_of(State.VIP).wait_until(190)
    story.tell(paid(80), arrives=200)
    assert story.state is State.AT_RISK
    assert story.wait_until(259).state is State.AT_RISK
    assert story.wait_until(260).state is State.CHURNED


def test_a_late_order_that_leaves_the_customer_where_they_are_triggers_no_state() -> None:
    story = Story(paid(0), paid(10), visited(11))
    change = story.tell(paid(5, "1.00"), arrives=20)
    assert (change.transitions, [found.event for found in change.triggers]) == ((), ["ORDER_PAID"])
    assert story.totals == (Decimal("201.00"), 3)
    assert story.customer.standing.last_order_date == at(10)


def test_a_late_order_makes_an_earlier_check_look_again() -> None:
    story = Story(cart(0), checked(100))
    story.tell(paid(10), arrives=101)
    assert story.state is State.AT_RISK


def test_the_same_event_twice_changes_nothing() -> None:
    order = paid(0)
    story = Story(order)
    before = story.customer
    change = story.tell(order, arrives=1)
    assert (change.customer, change.transitions, change.triggers, change.lasting) == (before, (), (), False)


def test_the_same_order_under_another_event_counts_once_and_is_confirmed_once() -> None:
    story = Story(paid(0, order_id="o-1"))
    change = story.tell(paid(1, order_id="o-1"))
    assert (change.triggers, story.totals) == ((), (Decimal("100.00"), 1))
    assert story.customer.standing.last_order_date == OPENING


def test_what_claims_to_come_from_the_future_happened_now() -> None:
    story = Story(visited(0))
    story.tell(paid(30), arrives=1)
    assert story.customer.standing.last_order_date == at(1)


def test_times_are_utc_wherever_they_were_told() -> None:
    order = event(
        "ORDER_PAID", 0, occurred_at="2026-03-01T02:30:00+05:30", order={"order_id": "1", "total": 1, "currency": "USD"}
    )
    assert order.occurred_at.isoformat() == "2026-02-28T21:00:00+00:00"


def test_a_custom_event_triggers_under_its_name_with_its_properties() -> None:
    custom = event("CUSTOM", 0, name="back_in_stock", properties={"sku": "POT"})
    (trigger,) = Story(custom).triggers
    assert (trigger.event, trigger.occurrence) == ("CUSTOM:back_in_stock", custom.event_id)
    assert trigger.context == {"event": {"name": "back_in_stock", "sku": "POT"}}


def test_postgresql_hears_of_everything_but_carts_that_move_nobody() -> None:
    story = Story(visited(0))
    lasting = [
        story.tell(repeated).lasting
        for repeated in (
            cart(1),
            cart(2),
            cart(3, phone="+15550100"),
            cart(4, consent={"email": True}),
            visited(5),
            paid(6),
            event("CUSTOM", 7, name="shipped"),
        )
    ]
    assert lasting == [True, False, True, True, True, True, True]


def test_a_flood_of_carts_pushes_nothing_out_of_memory() -> None:
    order = paid(0)
    story = Story(order)
    for minute in range(300):
        story.tell(cart(timedelta(days=1, minutes=minute)))
    assert story.customer.has_seen(order.event_id)
    assert len(story.customer.history.recent) == 1


def test_an_event_older_than_what_is_remembered_asks_for_the_ledger() -> None:
    story = Story(*(paid(day, "1.00") for day in range(1, MOST_RECENT + 2)))
    with pytest.raises(NeedsLedger) as late:
        story.tell(paid(0), arrives=200)
    assert late.value.since == OPENING


def test_an_order_of_the_folded_past_told_again_later_needs_no_ledger() -> None:
    story = Story(*(paid(day, "1.00", order_id=f"o-{day}") for day in range(1, MOST_RECENT + 2)))
    again = paid(MOST_RECENT + 2, "1.00", order_id="o-1")
    story.tell(again)
    assert story.totals == (Decimal(MOST_RECENT + 1), MOST_RECENT + 1)
    assert again.event_id not in {fact.event_id for fact in story.customer.history.recent}


def test_an_order_of_the_folded_past_told_again_for_an_earlier_day_asks_for_the_ledger() -> None:
    story = Story(*(paid(day, "1.00", order_id=f"o-{day}") for day in range(1, MOST_RECENT + 2)))
    with pytest.raises(NeedsLedger):
        story.tell(paid(0, "1.00", order_id="o-1"), arrives=MOST_RECENT + 2)


def test_the_ledger_is_asked_once_for_any_number_of_late_events() -> None:
    ledger: list[Fact] = [Purchase(at(day), f"e-{day}", f"o-{day}", Decimal("1.00")) for day in range(10, 300)]
    customer = replace(NEWCOMER, history=of_facts(ledger, at(300), Policy(), open_since=at(5)))
    for repeated in (paid(300, "1.00"), paid(6, "1.00"), paid(5, "1.00")):
        customer = RetentionAgent(Policy()).check_state_transitions(customer, at(301), repeated).customer
    assert customer.standing.order_count == 293
