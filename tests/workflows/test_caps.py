"""One customer's messages compete: the most important goes first, and what is one too many goes on a later day."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from temporalio.api.history.v1 import HistoryEvent

from db.messages import sending_stops
from tests.fixtures.launch import LAUNCH, launched, rows
from tests.fixtures.shop import Shop, eventually
from workflows.names import ROLL_SIGNAL

DAY = timedelta(days=1)
CAPPED = "frequency cap: 1 a day"


async def signed_up(shop: Shop, *campaigns: dict[str, Any]) -> None:
    """A customer who agreed to e-mail, and these campaigns live."""
    await shop.apply(rows(*campaigns))
    await shop.send("VISITED", consent={"email": True})
    await shop.until_state("VISITOR")
    now = await shop.now()
    if (now.hour, now.minute) >= (23, 55):
        # Caps count days in UTC, so no day may end between the first message and the second.
        await shop.fast_forward(timedelta(minutes=10))


async def launch(shop: Shop) -> None:
    """What all the campaigns answer to."""
    await shop.send("CUSTOM", name=LAUNCH)


async def one(shop: Shop, slug: str) -> dict[str, Any]:
    """The message of a campaign."""
    (found,) = [message for message in await shop.messages() if message["slug"] == slug]
    return found


async def until_put_off(shop: Shop, slug: str, reason: str = CAPPED) -> dict[str, Any]:
    """Wait until a campaign's message has to wait for this reason, and give it."""
    await eventually(shop.messages, lambda messages: any((m["slug"], m["reason"]) == (slug, reason) for m in messages))
    return await one(shop, slug)


def morning_after(moment: datetime, days: int = 1) -> datetime:
    """Ten o'clock, some days later; the customer has no time zone, and the shop is in UTC."""
    return datetime.combine(moment.astimezone(UTC).date() + timedelta(days=days), time(10), UTC)


async def test_the_more_important_message_is_sent_first_and_the_other_the_next_morning(capped_shop: Shop) -> None:
    shop = capped_shop
    await signed_up(shop, launched("later", 20), launched("sooner", 10))
    await launch(shop)
    await shop.until_sent(1)
    waiting = await until_put_off(shop, "later")
    first = await one(shop, "sooner")
    assert (first["status"], waiting["status"], waiting["attempts"]) == ("SENT", "PLANNED", 1)
    free = morning_after(first["sent_at"])
    assert waiting["due_at"] == free
    [decision] = waiting["decisions"]
    assert (decision["decision"], decision["reason"]) == ("put off", CAPPED)
    assert datetime.fromisoformat(decision["until"]) == free
    assert datetime.fromisoformat(decision["at"]) >= first["sent_at"]

    await shop.fast_forward(free - await shop.now() + timedelta(minutes=1))
    await shop.until_sent(2)
    sent = await one(shop, "later")
    assert free <= sent["sent_at"] < free + timedelta(minutes=1)
    assert [line["reason"] for line in sent["decisions"]] == [CAPPED]


async def test_five_due_messages_take_a_week(capped_shop: Shop) -> None:
    shop = capped_shop
    slugs = ["a", "b", "c", "d", "e"]
    await signed_up(shop, *(launched(slug, priority) for priority, slug in enumerate(slugs)))
    await launch(shop)
    for slug in slugs[1:]:
        await until_put_off(shop, slug)
    await shop.fast_forward(timedelta(days=8))
    await shop.until_sent(5)
    sent = [(await one(shop, slug))["sent_at"] for slug in slugs]
    days = [(moment.date() - sent[0].date()).days for moment in sent]
    assert days == [0, 1, 2, 3, 7]
    assert all(moment.time().replace(microsecond=0) < time(10, 1) for moment in sent[1:])
    # Of a reason that repeats itself the last line is shown: on the fourth day the week was full too.
    [decision] = (await one(shop, "e"))["decisions"]
    assert (decision["reason"], datetime.fromisoformat(decision["until"])) == (CAPPED, morning_after(sent[0], 7))
    assert len(shop.mail.messages()) == 5


async def test_a_transactional_message_is_neither_counted_nor_capped(capped_shop: Shop) -> None:
    shop = capped_shop
    await signed_up(shop, launched("news"), launched("receipt", purpose="transactional"))
    await launch(shop)
    await shop.until_sent(2)
    await launch(shop)
    sent = await shop.until_sent(3)
    assert sorted(message["slug"] for message in sent if message["status"] == "SENT") == ["news", "receipt", "receipt"]


@pytest.mark.parametrize("how", ["continue-as-new", "termination"])
async def test_sent_messages_still_count_after(capped_shop: Shop, how: str) -> None:
    shop = capped_shop
    await signed_up(shop, launched("news"))
    await launch(shop)
    await shop.until_sent(1)
    await shop.quiet()
    run = (await shop.handle().describe()).run_id
    if how == "termination":
        await shop.handle().terminate()
    else:
        await shop.signal(ROLL_SIGNAL, None)
        await eventually(lambda: shop.handle().describe(), lambda found: found.run_id != run)
    await launch(shop)
    found = await eventually(shop.messages, lambda messages: [m["reason"] for m in messages] == [None, CAPPED])
    assert found[1]["due_at"] == morning_after(found[0]["sent_at"])
    assert len(shop.mail.messages()) == 1


async def test_one_marketing_message_is_delivered_at_a_time(open_shop: Shop) -> None:
    """No caps here: each result only says whether there is room for another."""
    shop = open_shop
    receipt = launched("receipt", purpose="transactional")
    await signed_up(shop, launched("c", 3), launched("a", 1), launched("b", 2), receipt)
    await launch(shop)
    await shop.until_sent(4)
    spans = await deliveries(shop, await shop.quiet())
    order = ["A", "B", "C"]
    assert [name for name in spans if name in order] == order
    for earlier, later in pairwise(order):
        assert spans[earlier][1] < spans[later][0]
    assert spans["Receipt"][0] < spans["A"][1]
    assert [timer for timer in await shop.history() if timer.HasField("timer_started_event_attributes")] == []


async def deliveries(shop: Shop, history: Sequence[HistoryEvent]) -> dict[str, tuple[int, int]]:
    """When each campaign's delivery was scheduled, and when it was over, by places in the history."""
    found: dict[str, tuple[int, int]] = {}
    names: dict[int, str] = {}
    for event in history:
        if event.HasField("activity_task_scheduled_event_attributes"):
            (summary,) = await shop.client.data_converter.decode([event.user_metadata.summary])
            names[event.event_id] = str(summary).partition(" ")[0]
        if event.HasField("activity_task_completed_event_attributes"):
            begun = event.activity_task_completed_event_attributes.scheduled_event_id
            found[names[begun]] = (begun, event.event_id)
    return dict(sorted(found.items(), key=lambda span: span[1]))


async def test_a_campaigns_hour_is_in_the_customers_time_zone(capped_shop: Shop) -> None:
    shop, home = capped_shop, ZoneInfo("Asia/Kathmandu")
    await shop.apply(rows(launched("soup", send_at_hour=18)))
    await shop.send("VISITED", consent={"email": True}, time_zone=home.key)
    await shop.until_state("VISITOR")
    await launch(shop)
    await launch(shop)
    await shop.fast_forward(3 * DAY)
    first, second = [message["sent_at"].astimezone(home) for message in await shop.until_sent(2)]
    assert (first.hour, second.hour) == (18, 18)
    assert second.date() == first.date() + DAY


async def test_messages_held_by_a_stop_are_sent_within_an_hour_after_its_end(capped_shop: Shop) -> None:
    shop = capped_shop
    await signed_up(shop, launched("news"), launched("receipt", purpose="transactional"))
    await sending_stops.stop(shop.engine, "MARKETING", "wrong prices", datetime.now(UTC))
    await launch(shop)
    await shop.until_sent(1)
    await until_put_off(shop, "news", "marketing is stopped")
    await shop.fast_forward(timedelta(hours=5))
    assert ((await one(shop, "news"))["status"], (await one(shop, "receipt"))["status"]) == ("PLANNED", "SENT")
    await sending_stops.start(shop.engine)
    started = await shop.now()
    await shop.fast_forward(timedelta(hours=1, minutes=1))
    await shop.until_sent(2)
    assert (await one(shop, "news"))["sent_at"] <= started + timedelta(hours=1)
