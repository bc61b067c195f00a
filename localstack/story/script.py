"""The script. Days count from the day on which it is played; times of day are UTC."""

from datetime import time

from lifecycle.messages import MessageStatus
from lifecycle.states import State
from localstack.story.events import (
    cancels,
    fills_cart,
    pays,
    pays_as_a_guest,
    sends_back,
    signs_up,
    signs_up_for_texts,
    told_twice,
)
from localstack.story.scene import Character, Message, Scene

SKIPPED = MessageStatus.SKIPPED

GRACE = Character(
    name="Grace Hall",
    email="grace.hall@example.com",
    shopify_id=7064055069301,
    phone="+447700900142",
    about="the whole circle: from a first visit to VIP, lost, and back again",
    scenes=(
        Scene(
            "signs up; that she agrees to text messages arrives before her account",
            State.VISITOR,
            happens=signs_up_for_texts(),
        ),
        Scene("puts seven things into her cart", State.LEAD, day=1, clock=time(10), happens=fills_cart("536365")),
        Scene(
            "leaves the cart alone for an hour",
            State.LEAD,
            day=1,
            clock=time(11, 1),
            messages=(Message("abandoned-cart"),),
        ),
        Scene(
            "buys it after all, which spares her the other two reminders",
            State.CUSTOMER,
            day=1,
            clock=time(19),
            happens=pays("536365"),
            messages=(
                Message("order-confirmation"),
                Message("abandoned-cart", SKIPPED, step=2),
                Message("abandoned-cart", SKIPPED, step=3),
            ),
        ),
        Scene(
            "has had her things for three days",
            State.CUSTOMER,
            day=4,
            clock=time(19, 1),
            messages=(Message("care-guide"),),
        ),
        Scene(
            "buys a second time",
            State.REPEAT,
            day=15,
            clock=time(9),
            happens=pays("536366"),
            messages=(Message("order-confirmation"),),
        ),
        Scene(
            "is thanked the day after, and told more two days later",
            State.REPEAT,
            day=18,
            clock=time(9, 1),
            messages=(Message("thank-you"), Message("care-guide")),
        ),
        Scene(
            "has now spent more than $500",
            State.VIP,
            day=25,
            clock=time(9),
            happens=pays("536396"),
            messages=(Message("order-confirmation"),),
        ),
        Scene(
            "is welcomed among the best customers",
            State.VIP,
            day=28,
            clock=time(9, 1),
            messages=(Message("vip-welcome"), Message("care-guide")),
        ),
        Scene(
            "has not bought for 90 days",
            State.AT_RISK,
            day=115,
            clock=time(9, 1),
            messages=(Message("win-back"),),
        ),
        Scene(
            "does not answer for two weeks",
            State.AT_RISK,
            day=129,
            clock=time(9, 1),
            messages=(Message("win-back", step=2),),
        ),
        Scene(
            "has not bought for 180 days",
            State.CHURNED,
            day=205,
            clock=time(9, 1),
            messages=(Message("we-miss-you"),),
        ),
        Scene(
            "comes back",
            State.REACTIVATED,
            day=220,
            clock=time(12),
            happens=pays("536600"),
            messages=(Message("order-confirmation"), Message("welcome-back-sms")),
        ),
        Scene(
            "is welcomed back, the next morning: nobody gets two such messages in a day",
            State.REACTIVATED,
            day=221,
            clock=time(10, 1),
            messages=(Message("welcome-back"),),
        ),
    ),
)

PIETER = Character(
    name="Pieter de Vries",
    email="pieter.devries@example.com",
    shopify_id=7064055069302,
    about="buys once, as a guest, and is noticed by the daily check after 60 days",
    scenes=(
        Scene(
            "buys as a guest, which arrives twice",
            State.CUSTOMER,
            happens=told_twice(pays_as_a_guest("536403")),
            messages=(Message("order-confirmation"),),
        ),
        Scene(
            "has had his things for three days",
            State.CUSTOMER,
            day=4,
            clock=time(9),
            messages=(Message("care-guide"),),
        ),
        Scene(
            "has not bought for 60 days when the daily check comes by",
            State.AT_RISK,
            day=61,
            # When the schedule has it, and before anybody else's 60 days are over.
            clock=time(3),
            churn_check=True,
            messages=(Message("win-back"),),
        ),
    ),
)

HUGO = Character(
    name="Hugo Marsh",
    email="hugo.marsh@example.com",
    shopify_id=7064055069303,
    about="buys within the hour, so nobody reminds him; sends it all back, so nobody tells him how to look after it",
    scenes=(
        Scene("signs up", State.VISITOR, happens=signs_up()),
        Scene("puts sixty flying ducks into his cart", State.LEAD, day=1, clock=time(14), happens=fills_cart("536397")),
        Scene(
            "buys them 20 minutes later",
            State.CUSTOMER,
            day=1,
            clock=time(14, 20),
            happens=pays("536397"),
            messages=(Message("order-confirmation"),),
        ),
        Scene("sends five of them back", State.CUSTOMER, day=2, clock=time(9), happens=sends_back("536397", "C536826")),
        Scene(
            "sends back the rest",
            State.CUSTOMER,
            day=2,
            clock=time(17),
            happens=cancels("536397"),
            messages=(Message("care-guide", SKIPPED),),
        ),
        Scene("hears nothing more", State.CUSTOMER, day=10, clock=time(9)),
    ),
)

STORY = (GRACE, PIETER, HUGO)
