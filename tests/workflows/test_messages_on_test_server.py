"""Planned messages until they are due: what ends them, what holds them up, and what a changed campaign does."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from db.campaigns.campaigns import set_status
from lifecycle.campaign_file import read_campaigns
from lifecycle.campaigns import CampaignStatus
from tests.fixtures.shop import CAMPAIGNS, SKILLET, eventually
from tests.workflows.conftest import SkippingShop

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
KETTLE = {"sku": "KETTLE", "name": "Copper Kettle", "quantity": 1, "unit_price": "120.00"}


# What ends a message


async def test_a_cart_bought_in_time_triggers_no_message(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.campaigns("abandoned-cart")
    await shop.order("1")
    await shop.cart("c-1", SKILLET)
    await shop.fast_forward(HOUR / 2)
    await shop.order("2", cart_id="c-1")
    await shop.cart("c-1", SKILLET)
    await shop.until_state("REPEAT")
    await shop.fast_forward(10 * DAY)
    await shop.quiet()
    assert await shop.messages() == []


async def test_buying_the_cart_ends_its_series(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.campaigns("abandoned-cart")
    await shop.order("1")
    await shop.cart("c-1", SKILLET)
    await shop.fast_forward(2 * HOUR)
    await shop.until_sent(1)
    await shop.order("2", cart_id="c-1")
    await shop.until_fates("abandoned-cart", "SENT", "ended by cart_closed", "ended by cart_closed")


async def test_emptying_the_cart_ends_its_series_when_its_time_comes(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.campaigns("abandoned-cart")
    await shop.order("1")
    await shop.cart("c-1", SKILLET)
    await shop.fast_forward(2 * HOUR)
    await shop.until_sent(1)
    await shop.cart("c-1")
    await shop.fast_forward(4 * DAY)
    await shop.until_fates("abandoned-cart", "SENT", "ended by cart_closed", "ended by cart_closed")


async def test_a_customer_gets_one_abandoned_cart_series_in_a_week(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.campaigns("abandoned-cart")
    await shop.send("VISITED", consent={"email": True})
    for cart_id in ("c-1", "c-2", "c-3"):
        await shop.cart(cart_id, SKILLET)
        await shop.fast_forward(4 * DAY)
    nudges = await eventually(shop.messages, lambda found: len(found) == 6)
    assert {message["occurrence"] for message in nudges} == {"c-1", "c-3"}


async def test_a_purchase_ends_the_win_back(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.campaigns("win-back")
    await shop.become_vip()
    await shop.fast_forward(91 * DAY)
    await shop.until_fates("win-back", "SENT", "PLANNED")
    await shop.order("back", total="10.00")
    await shop.until_state("VIP")
    await shop.until_fates("win-back", "SENT", "ended by left_state")


async def test_a_refund_ends_the_care_guide(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.campaigns("care-guide")
    await shop.order("1", items=[SKILLET])
    await shop.order("2", items=[KETTLE])
    await shop.send("ORDER_REFUNDED", order_id="1", cancelled=True)
    await shop.send("ORDER_REFUNDED", order_id="2", refund_id="r-1", amount="5.00")
    await shop.until_applied()
    await shop.fast_forward(4 * DAY)
    await shop.until_fates("care-guide", "ended by refund", "SENT")


# Campaigns that change while messages wait


async def test_a_paused_campaign_defers_planned_messages_and_sends_them_after(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.campaigns("care-guide")
    await shop.order("1")
    await shop.until_state("CUSTOMER")
    due = (await shop.one("care-guide"))["due_at"]
    await set_status(shop.engine, "care-guide", CampaignStatus.PAUSED)
    await shop.forward_to(due + 5 * DAY)
    held = await eventually(lambda: shop.one("care-guide"), lambda message: message["attempts"] >= 10)
    assert (held["status"], held["reason"]) == ("PLANNED", "campaign is paused")
    assert (await shop.profile())["coming"][0]["what"].startswith("Care guide")
    # A quarter of an hour, doubling up to a day: no more than that for five days.
    assert held["attempts"] < 15
    await set_status(shop.engine, "care-guide", CampaignStatus.LIVE)
    await shop.fast_forward(DAY)
    await shop.until_fates("care-guide", "SENT")


async def test_a_message_deferred_until_its_expiry_is_never_sent(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.campaigns("care-guide")
    await shop.order("1")
    await shop.until_state("CUSTOMER")
    planned = await shop.one("care-guide")
    await set_status(shop.engine, "care-guide", CampaignStatus.PAUSED)
    await shop.forward_to(planned["expires_at"] + HOUR)
    await shop.until_fates("care-guide", "expired")
    await set_status(shop.engine, "care-guide", CampaignStatus.LIVE)
    await shop.fast_forward(10 * DAY)
    await shop.quiet()
    assert shop.mail.messages() == []


async def test_a_trigger_during_a_pause_plans_a_message(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.campaigns("order-confirmation")
    await set_status(shop.engine, "order-confirmation", CampaignStatus.PAUSED)
    await shop.order("1")
    await shop.until_fates("order-confirmation", "campaign is paused")
    await set_status(shop.engine, "order-confirmation", CampaignStatus.LIVE)
    await shop.fast_forward(HOUR)
    await shop.until_fates("order-confirmation", "SENT")


async def test_a_changed_delay_applies_to_new_plans_and_a_changed_text_to_all(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    (care_guide,) = (row for row in read_campaigns(CAMPAIGNS.read_text()) if row.slug == "care-guide")
    await shop.apply([care_guide])
    await shop.order("1", items=[SKILLET])
    await shop.until_state("CUSTOMER")
    reworded = replace(care_guide.wording, subject="Look after your {{ product.name }}")
    await shop.apply([replace(care_guide, delay_hours=24, wording=reworded)])
    await shop.order("2", items=[KETTLE])
    await shop.until_state("REPEAT")
    later, sooner = sorted(await shop.messages(), key=lambda message: str(message["occurrence"]))
    assert later["due_at"] - later["triggered_at"] == 72 * HOUR
    assert sooner["due_at"] - sooner["triggered_at"] == 24 * HOUR

    await shop.fast_forward(25 * HOUR)
    assert [message["occurrence"] for message in await shop.until_sent(1) if message["status"] == "SENT"] == ["2"]
    await shop.fast_forward(48 * HOUR)
    await shop.until_sent(2)
    assert [file.name for file in shop.mail.messages()] == [
        "0001-look-after-your-copper-kettle.eml",
        "0002-look-after-your-cast-iron-skillet.eml",
    ]


async def test_the_vip_welcome_is_sent_once_per_customer(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.campaigns("vip-welcome")
    await shop.become_vip()
    await shop.fast_forward(91 * DAY)
    await shop.until_fates("vip-welcome", "SENT")
    await shop.order("back", total="10.00")
    await shop.until_state("VIP")
    await shop.fast_forward(DAY)
    await shop.until_fates("vip-welcome", "SENT", "sent once in a life")


# When a message may arrive


async def test_a_text_message_waits_for_the_morning(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.campaigns("welcome-back-sms")
    await shop.become_vip()
    await shop.send("PROFILE_UPDATED", phone="+447700900142", time_zone="Asia/Tokyo", consent={"sms": True})
    await shop.fast_forward(181 * DAY)
    await shop.until_state("CHURNED")
    # 22:30 in Tokyo.
    midday = (await shop.now()).replace(hour=13, minute=30)
    await shop.forward_to(midday + DAY)
    await shop.order("back", total="10.00")
    await shop.until_fates("welcome-back-sms", "quiet hours")
    waiting = await shop.one("welcome-back-sms")
    assert waiting["due_at"] == (midday + DAY).replace(hour=23, minute=0, second=0, microsecond=0)
    await shop.forward_to(waiting["due_at"] + HOUR)
    await shop.until_fates("welcome-back-sms", "SENT")


async def test_consent_is_checked_when_the_message_is_sent(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.campaigns("care-guide", "order-confirmation")
    await shop.order("1")
    await shop.until_sent(1)
    await shop.send("CONSENT_CHANGED", channel="email", granted=False, source="the shop's page")
    await shop.until_applied()
    await shop.fast_forward(4 * DAY)
    await shop.until_fates("care-guide", "consent withdrawn")
    await shop.order("2")
    await shop.until_fates("order-confirmation", "SENT", "SENT")


async def test_a_custom_event_triggers_a_campaign(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    (row,) = (row for row in read_campaigns(CAMPAIGNS.read_text()) if row.slug == "we-miss-you")
    await shop.apply([replace(row, slug="shipped", trigger_event="CUSTOM:shipped", exit_on=(), delay_hours=2)])
    await shop.send("VISITED", consent={"email": True})
    shipped: Any = await shop.send("CUSTOM", name="shipped", properties={"parcel": "P-1"})
    await shop.until_applied()
    assert (await shop.one("shipped"))["occurrence"] == shipped.event_id
    await shop.fast_forward(3 * HOUR)
    await shop.until_fates("shipped", "SENT")
    assert (await shop.profile())["state"] == "VISITOR"
