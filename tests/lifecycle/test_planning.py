"""From triggers and campaigns to messages: when, how often, for whom, and about which products."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from lifecycle.campaigns import Campaign, CampaignStatus, Conditions, Purpose, Repeat, VariantWeight
from lifecycle.messages import NewMessage, PastMessage, Trigger, message_key
from lifecycle.planning import plan
from lifecycle.policy import Policy
from tests.lifecycle.shop import HOUR, OPENING, at, item

BASIC = Campaign(
    id=1,
    slug="confirmation",
    step=1,
    name="Order Confirmation",
    trigger_event="ORDER_PAID",
    channel="EMAIL",
    status=CampaignStatus.LIVE,
    purpose=Purpose.TRANSACTIONAL,
    delay_hours=0,
    expires_hours=48,
)


def campaign(**changes: Any) -> Campaign:
    """The confirmation, with something else about it."""
    return BASIC.model_copy(update=changes)


def order(*items: dict[str, Any], occurrence: str = "o-1", time: float = 0, **more: Any) -> Trigger:
    """An order that triggers."""
    return Trigger("ORDER_PAID", occurrence, at(time), {"order": {"total": "50.00", "items": list(items), **more}})


def planned(
    trigger: Trigger | list[Trigger],
    *campaigns: Campaign,
    past: tuple[PastMessage, ...] = (),
    order_count: int = 1,
    now: datetime | None = None,
    policy: Policy | None = None,
    customer: str = "CUSTOMER",
) -> tuple[NewMessage, ...]:
    """The messages of some triggers, planned at the last of them unless `now` is given."""
    triggers = trigger if isinstance(trigger, list) else [trigger]
    return plan(
        customer,
        triggers,
        campaigns or (BASIC,),
        past,
        order_count=order_count,
        now=now or max(found.at for found in triggers),
        policy=policy or Policy(),
    )


def sent(occurrence: str = "o-0", time: float = 0, products: tuple[str, ...] = ()) -> PastMessage:
    """A confirmation of an earlier order."""
    return PastMessage("confirmation", occurrence, at(time), products)


class TestWhen:
    def test_a_message_is_due_after_its_delay_and_expires_counted_from_then(self) -> None:
        (message,) = planned(order(), campaign(delay_hours=24, expires_hours=48))
        assert (message.due_at, message.expires_at, message.skipped) == (at(1), at(3), None)

    def test_the_delay_counts_from_the_trigger_and_not_from_planning(self) -> None:
        (message,) = planned(order(), campaign(delay_hours=24), now=at(20 * HOUR))
        assert message.due_at == at(1)

    @pytest.mark.parametrize(("late", "skipped"), [(timedelta(microseconds=1), None), (timedelta(), "expired")])
    def test_what_expired_before_it_was_planned_is_kept_as_skipped(self, late: timedelta, skipped: str | None) -> None:
        (message,) = planned(order(), now=at(2) - late)
        assert message.skipped == (skipped and "expired before it was planned")

    def test_every_step_is_a_message_of_its_own(self) -> None:
        steps = [campaign(step=number, id=number, delay_hours=24 * number) for number in (1, 2, 3)]
        messages = planned(order(), *steps)
        assert [message.due_at for message in messages] == [at(1), at(2), at(3)]
        assert len({message.key for message in messages}) == 3


class TestWhichCampaigns:
    @pytest.mark.parametrize(
        ("status", "count"), [(CampaignStatus.DRAFT, 0), (CampaignStatus.PAUSED, 1), (CampaignStatus.LIVE, 1)]
    )
    def test_a_draft_plans_nothing_and_a_paused_one_does(self, status: CampaignStatus, count: int) -> None:
        assert len(planned(order(), campaign(status=status))) == count

    @pytest.mark.parametrize("event", ["CART_ABANDONED", "ENTERED_STATE_VIP", "CUSTOM:shipped"])
    def test_only_those_of_the_trigger_answer(self, event: str) -> None:
        answering = campaign(id=2, slug="other", trigger_event=event)
        assert [found.slug for found in planned(Trigger(event, "x", OPENING), BASIC, answering)] == ["other"]

    def test_the_more_urgent_come_first(self) -> None:
        campaigns = [campaign(slug="late", priority=300), campaign(slug="soon", priority=1), campaign(slug="between")]
        assert [found.slug for found in planned(order(), *campaigns)] == ["soon", "between", "late"]

    def test_several_triggers_are_planned_one_after_the_other(self) -> None:
        assert [found.trigger.occurrence for found in planned([order(), order(occurrence="o-2")])] == ["o-1", "o-2"]


class TestConditions:
    ORDER: dict[str, Any] = order(
        item("POT", category="pans"), item("LID"), total="50.00", country="US", shipping_country="CA"
    ).context

    @pytest.mark.parametrize(
        ("conditions", "unmet"),
        [
            (Conditions(), None),
            (Conditions(skus=("LID", "SPOON")), None),
            (Conditions(skus=("SPOON",)), "skus"),
            (Conditions(categories=("pans",)), None),
            (Conditions(categories=("knives",)), "categories"),
            (Conditions(countries=("CA",)), None),
            (Conditions(countries=("US",)), "countries"),
            (Conditions(min_value="50.00"), None),
            (Conditions(min_value="50.01"), "min_value"),
            (Conditions(max_value="50.00"), None),
            (Conditions(max_value="49.99"), "max_value"),
            (Conditions(min_orders=2, max_orders=2), None),
            (Conditions(min_orders=3), "min_orders"),
            (Conditions(max_orders=1), "max_orders"),
            (Conditions(skus=("POT",), min_orders=3), "min_orders"),
        ],
    )
    def test_of_an_order(self, conditions: Conditions, unmet: str | None) -> None:
        assert conditions.unmet(self.ORDER, 2) == unmet

    def test_of_a_cart_look_at_what_it_is_worth(self) -> None:
        context = {"cart": {"value": "99.80", "items": [item("POT")]}}
        assert Conditions(min_value="99.80", skus=("POT",)).unmet(context, 0) is None
        assert Conditions(min_value="99.81").unmet(context, 0) == "min_value"

    def test_the_country_of_the_bill_serves_where_nothing_else_is_known(self) -> None:
        assert Conditions(countries=("US",)).unmet({"order": {"total": "1", "country": "US"}}, 0) is None

    def test_of_goods_are_never_met_where_there_are_none(self) -> None:
        assert Conditions(skus=("POT",)).unmet({}, 0) == "skus"
        assert Conditions(min_value="0.01").unmet({}, 0) == "min_value"

    def test_that_are_not_met_plan_nothing(self) -> None:
        assert planned(order(), campaign(conditions=Conditions(min_orders=2))) == ()


class TestHowOften:
    def test_always(self) -> None:
        (message,) = planned(order(time=1), past=(sent(), sent("o-00", 0.5)))
        assert message.skipped is None

    def test_once(self) -> None:
        (message,) = planned(order(time=900), campaign(repeat=Repeat.ONCE), past=(sent(),))
        assert message.skipped == "sent once in a life"

    @pytest.mark.parametrize(("day", "skipped"), [(29.99, "sent less than 30 days ago"), (30, None)])
    def test_after_days(self, day: float, skipped: str | None) -> None:
        monthly = campaign(repeat=Repeat.AFTER_DAYS, repeat_after_days=30)
        (message,) = planned(order(time=day), monthly, past=(sent(),))
        assert message.skipped == skipped

    def test_after_days_looks_both_ways_when_an_older_trigger_comes_late(self) -> None:
        monthly = campaign(repeat=Repeat.AFTER_DAYS, repeat_after_days=30, expires_hours=9999)
        (message,) = planned(order(time=0), monthly, past=(sent(time=10),), now=at(11))
        assert message.skipped == "sent less than 30 days ago"

    def test_after_days_lets_an_older_trigger_through_that_is_far_enough(self) -> None:
        monthly = campaign(repeat=Repeat.AFTER_DAYS, repeat_after_days=30, expires_hours=9999)
        (message,) = planned(order(time=0), monthly, past=(sent(time=30),), now=at(31))
        assert message.skipped is None

    def test_another_campaign_does_not_count(self) -> None:
        (message,) = planned(order(), campaign(slug="other", repeat=Repeat.ONCE), past=(sent(),))
        assert message.skipped is None

    def test_the_steps_of_one_series_do_not_count_against_each_other(self) -> None:
        steps = [campaign(step=1, repeat=Repeat.ONCE), campaign(step=2, repeat=Repeat.ONCE)]
        assert [found.skipped for found in planned(order(), *steps, past=(sent("o-1"),))] == [None, None]

    def test_two_triggers_at_once_count_against_each_other(self) -> None:
        first, second = planned([order(), order(occurrence="o-2")], campaign(repeat=Repeat.ONCE))
        assert (first.skipped, second.skipped) == (None, "sent once in a life")

    def test_a_message_that_was_skipped_does_not_stand_in_the_way(self) -> None:
        once = campaign(repeat=Repeat.ONCE)
        first, second = planned([order(), order(occurrence="o-2", time=5)], once)
        assert (first.skipped, second.skipped) == ("expired before it was planned", None)


class TestCareGuides:
    GUIDE = campaign(slug="care-guide", max_products=3)

    def products(self, *items: dict[str, Any], covered: tuple[str, ...] = (), policy: Policy | None = None) -> Any:
        """What one care guide is about, or why there is none."""
        past = PastMessage("care-guide", "o-0", OPENING, covered)
        (message,) = planned(order(*items), self.GUIDE, past=(past,), policy=policy)
        return message.skipped or message.products

    def test_are_about_the_three_dearest_lines(self) -> None:
        lines = [item("A", "5.00"), item("B", "30.00"), item("C", "10.00", 4), item("D", "7.00")]
        assert self.products(*lines) == ("C", "B", "D")

    def test_name_a_product_once_and_equals_by_name(self) -> None:
        assert self.products(item("B"), item("A"), item("B", "1.00")) == ("A", "B")

    def test_never_are_about_the_same_product_twice(self) -> None:
        assert self.products(item("A"), item("B"), covered=("A",)) == ("B",)
        assert self.products(item("A"), covered=("A",)) == "no product that was not written about before"

    @pytest.mark.parametrize("setting", ["POST", "post"])
    def test_never_are_about_postage(self, setting: str) -> None:
        policy = Policy(service_skus=frozenset({setting}))
        assert self.products(item("A"), item("POST"), item("Post"), policy=policy) == ("A",)
        assert self.products(item("POST"), policy=policy) == "no product that was not written about before"

    def test_of_two_orders_at_once_are_about_different_products(self) -> None:
        both = planned([order(item("A")), order(item("A"), item("B"), occurrence="o-2")], self.GUIDE)
        assert [message.products for message in both] == [("A",), ("B",)]

    def test_are_about_the_same_products_in_every_step(self) -> None:
        both = planned(order(item("A")), self.GUIDE, campaign(slug="care-guide", step=2, max_products=3))
        assert [message.products for message in both] == [("A",), ("A",)]

    def test_other_campaigns_are_about_no_product(self) -> None:
        assert planned(order(item("A")))[0].products == ()


class TestGroups:
    """C2 is among the first half of the customers by chance, C0 is not: see the frozen assignments."""

    HALF = campaign(slug="win-back", purpose=Purpose.MARKETING, holdout=50)
    TESTED = campaign(slug="win-back", variants=(VariantWeight(name="A"), VariantWeight(name="B")))

    def test_who_is_held_out_is_kept_as_skipped_to_be_compared_with(self) -> None:
        held_out, gets_it = (planned(order(), self.HALF, customer=customer)[0] for customer in ("C2", "C0"))
        assert (held_out.held_out, held_out.skipped) == (True, "held out: one of the 50% to compare with")
        assert (gets_it.held_out, gets_it.skipped) == (False, None)

    def test_who_would_not_have_got_it_is_not_held_out(self) -> None:
        """Or the groups could not be compared."""
        (message,) = planned(order(), self.HALF, customer="C2", now=at(9))
        assert (message.held_out, message.skipped) == (False, "expired before it was planned")

    def test_all_steps_of_a_campaign_hold_out_the_same_customers(self) -> None:
        steps = [self.HALF.model_copy(update={"step": step}) for step in (1, 2, 3)]
        assert [found.held_out for found in planned(order(), *steps, customer="C2")] == [True] * 3

    def test_a_variant_is_recorded_and_all_steps_share_it(self) -> None:
        steps = [self.TESTED.model_copy(update={"step": step}) for step in (1, 2, 3)]
        for customer, variant in (("C0", "B"), ("C1", "A")):
            assert [found.variant for found in planned(order(), *steps, customer=customer)] == [variant] * 3

    def test_without_a_test_there_is_none(self) -> None:
        (message,) = planned(order())
        assert (message.variant, message.held_out) == (None, False)

    def test_what_the_customer_has_to_weigh_goes_along(self) -> None:
        found = planned(order(), self.HALF.model_copy(update={"priority": 7}), BASIC, customer="C0")
        assert [(one.slug, one.marketing, one.priority) for one in found] == [
            ("win-back", True, 7),
            ("confirmation", False, 100),
        ]


class TestKeys:
    def test_are_frozen(self) -> None:
        """`printf 'CUSTOMER\\nconfirmation\\no-1\\n1' | sha256sum`."""
        key = "37543d5c18fd52cbf8885386ba82e6d12d07b24d112296e050f08defd018fa27"
        assert message_key("CUSTOMER", "confirmation", "o-1", 1) == planned(order())[0].key == key

    def test_do_not_depend_on_time_wording_or_the_rest_of_the_plan(self) -> None:
        (once,) = planned(order())
        again = planned([order(occurrence="o-0"), order(time=9)], campaign(id=99, delay_hours=5, name="New"), now=at(9))
        assert again[1].key == once.key

    def test_tell_everything_apart(self) -> None:
        keys = {
            message_key(customer, slug, occurrence, step)
            for customer in ("A", "B")
            for slug in ("s", "t")
            for occurrence in ("1", "11")
            for step in (1, 11)
        }
        assert len(keys) == 16
