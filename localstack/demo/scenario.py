"""The scenario. Day 0 is the day on which the demo runs; times of day are UTC."""

from datetime import time

from lifecycle.messages import MessageStatus
from lifecycle.states import State
from localstack.demo.actions import (
    cancels,
    delivered_twice,
    fills_cart,
    pays,
    pays_as_a_guest,
    sends_back,
    signs_up,
    signs_up_for_texts,
)
from localstack.demo.steps import DemoCustomer, DemoStep, ExpectedMessage

SKIPPED = MessageStatus.SKIPPED

GRACE = DemoCustomer(
    name="Grace Hall",
    email="grace.hall@example.com",
    shopify_id=7064055069301,
    phone="+447700900142",
    about="the whole lifecycle: from a first visit to VIP, churned, and back again",
    steps=(
        DemoStep(
            "signs up; her consent to text messages arrives before her account",
            State.VISITOR,
            action=signs_up_for_texts(),
        ),
        DemoStep("puts seven things into her cart", State.LEAD, day=1, clock=time(10), action=fills_cart("536365")),
        DemoStep(
            "leaves the cart alone for an hour",
            State.LEAD,
            day=1,
            clock=time(11, 1),
            messages=(ExpectedMessage("abandoned-cart"),),
        ),
        DemoStep(
            "buys it after all, so the other two reminders are skipped",
            State.CUSTOMER,
            day=1,
            clock=time(19),
            action=pays("536365"),
            messages=(
                ExpectedMessage("order-confirmation"),
                ExpectedMessage("abandoned-cart", SKIPPED, step=2),
                ExpectedMessage("abandoned-cart", SKIPPED, step=3),
            ),
        ),
        DemoStep(
            "received her order three days ago",
            State.CUSTOMER,
            day=4,
            clock=time(19, 1),
            messages=(ExpectedMessage("care-guide"),),
        ),
        DemoStep(
            "buys a second time",
            State.REPEAT,
            day=15,
            clock=time(9),
            action=pays("536366"),
            messages=(ExpectedMessage("order-confirmation"),),
        ),
        DemoStep(
            "gets a thank-you the next day, and a care guide two days later",
            State.REPEAT,
            day=18,
            clock=time(9, 1),
            messages=(ExpectedMessage("thank-you"), ExpectedMessage("care-guide")),
        ),
        DemoStep(
            "has now spent more than $500",
            State.VIP,
            day=25,
            clock=time(9),
            action=pays("536396"),
            messages=(ExpectedMessage("order-confirmation"),),
        ),
        DemoStep(
            "is welcomed as one of the best customers",
            State.VIP,
            day=28,
            clock=time(9, 1),
            messages=(ExpectedMessage("vip-welcome"), ExpectedMessage("care-guide")),
        ),
        DemoStep(
            "has not bought for 90 days",
            State.AT_RISK,
            day=115,
            clock=time(9, 1),
            messages=(ExpectedMessage("win-back"),),
        ),
        DemoStep(
            "does not answer for two weeks",
            State.AT_RISK,
            day=129,
            clock=time(9, 1),
            messages=(ExpectedMessage("win-back", step=2),),
        ),
        DemoStep(
            "has not bought for 180 days",
            State.CHURNED,
            day=205,
            clock=time(9, 1),
            messages=(ExpectedMessage("we-miss-you"),),
        ),
        DemoStep(
            "comes back",
            State.REACTIVATED,
            day=220,
            clock=time(12),
            action=pays("536600"),
            messages=(ExpectedMessage("order-confirmation"), ExpectedMessage("welcome-back-sms")),
        ),
        DemoStep(
            "is welcomed back the next morning: the frequency cap allows one marketing message a day",
            State.REACTIVATED,
            day=221,
            clock=time(10, 1),
            messages=(ExpectedMessage("welcome-back"),),
        ),
    ),
)

PIETER = DemoCustomer(
    name="Pieter de Vries",
    email="pieter.devries@example.com",
    shopify_id=7064055069302,
    about="buys once, as a guest, and is found by the daily churn check after 60 days",
    steps=(
        DemoStep(
            "buys as a guest; the webhooks are delivered twice",
            State.CUSTOMER,
            action=delivered_twice(pays_as_a_guest("536403")),
            messages=(ExpectedMessage("order-confirmation"),),
        ),
        DemoStep(
            "received his order three days ago",
            State.CUSTOMER,
            day=4,
            clock=time(9),
            messages=(ExpectedMessage("care-guide"),),
        ),
        DemoStep(
            "has not bought for 60 days when the daily churn check runs",
            State.AT_RISK,
            day=61,
            # At the time of the schedule, and before another customer's 60 days are over.
            clock=time(3),
            churn_check=True,
            messages=(ExpectedMessage("win-back"),),
        ),
    ),
)

HUGO = DemoCustomer(
    name="Hugo Marsh",
    email="hugo.marsh@example.com",
    shopify_id=7064055069303,
    about="buys within the hour, so he gets no reminder; returns everything, so he gets no care guide",
    steps=(
        DemoStep("signs up", State.VISITOR, action=signs_up()),
        DemoStep(
            "puts sixty flying ducks into his cart", State.LEAD, day=1, clock=time(14), action=fills_cart("536397")
        ),
        DemoStep(
            "buys them 20 minutes later",
            State.CUSTOMER,
            day=1,
            clock=time(14, 20),
            action=pays("536397"),
            messages=(ExpectedMessage("order-confirmation"),),
        ),
        DemoStep("returns five of them", State.CUSTOMER, day=2, clock=time(9), action=sends_back("536397", "C536826")),
        DemoStep(
            "returns the rest",
            State.CUSTOMER,
            day=2,
            clock=time(17),
            action=cancels("536397"),
            messages=(ExpectedMessage("care-guide", SKIPPED),),
        ),
        DemoStep("gets no further messages", State.CUSTOMER, day=10, clock=time(9)),
    ),
)

DEMO_CUSTOMERS = (GRACE, PIETER, HUGO)
