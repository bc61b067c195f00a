"""A customer whose workflow was terminated goes on from the ledger in PostgreSQL, as if nothing had been."""

from datetime import timedelta

from intake.door.door import Door
from intake.door.incoming import IncomingEvent
from tests.fixtures.shop import ADA, SKILLET, eventually
from tests.workflows.conftest import SkippingShop

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def test_totals_state_and_deadlines_are_as_before(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    bought = await shop.become_vip()
    await shop.forward_to(bought + 30 * DAY)
    before = await shop.profile()
    await shop.terminate()
    await shop.start_again()
    after = await eventually(shop.profile, lambda profile: profile["epoch"] == 2)
    assert {**after, "epoch": 1} == before
    await shop.forward_to(bought + 90 * DAY + MINUTE)
    await shop.until_state("AT_RISK")
    assert (await shop.steps())[-1] == ("AT_RISK", bought + 90 * DAY)


async def test_an_event_told_again_is_applied_once(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    order = {"order_id": "1", "total": "10.00", "currency": "USD"}
    event = shop.event("ORDER_PAID", at=await shop.now(), order=order)
    await shop.storefront.send(event)
    await shop.until_state("CUSTOMER")
    await shop.terminate()
    await shop.start_again()
    await shop.signal("order_paid", event)
    await shop.order("2", total="10.00")
    await shop.until_state("REPEAT")
    (row,) = await shop.rows("SELECT order_count, total_spend::text FROM customer_profiles")
    assert row == {"order_count": 2, "total_spend": "20.00"}


async def test_an_order_that_nobody_applied_is_taken_up(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.order("1", total="10.00")
    await shop.until_state("CUSTOMER")
    await shop.terminate()
    order = {"order_id": "2", "total": "10.00", "currency": "USD"}
    assert shop.settings.identity_key is not None
    door = Door(shop.engine, identity_key=shop.settings.identity_key.get_secret_value().encode(), currency="USD")
    await door.accept([IncomingEvent(shop.event("ORDER_PAID", at=await shop.now(), order=order))], source="test")
    await shop.start_again()
    await shop.until_state("REPEAT")
    await shop.until_applied()


async def test_planned_messages_keep_their_time_and_are_sent_once(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.campaigns("order-confirmation", "care-guide")
    await shop.order("1")
    await shop.until_sent(1)
    due = (await shop.one("care-guide"))["due_at"]
    await shop.fast_forward(DAY)
    await shop.terminate()
    await shop.start_again()
    await shop.forward_to(due - MINUTE)
    await shop.until_fates("care-guide", "PLANNED")
    await shop.forward_to(due + MINUTE)
    await shop.until_fates("care-guide", "SENT")
    assert len(shop.mail.messages()) == 2


async def test_consent_is_remembered(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.send("VISITED", consent={"email": True, "sms": False}, name="Ada", time_zone="Europe/London")
    await shop.until_applied()
    await shop.terminate()
    await shop.start_again()
    profile = await eventually(shop.profile, lambda profile: profile["epoch"] == 2)
    assert profile["consent"] == {"email": True, "sms": False}


async def test_a_deadline_that_passed_meanwhile_is_made_up_for(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.campaigns("win-back")
    bought = await shop.become_vip()
    await shop.terminate()
    await shop.forward_to(bought + 91 * DAY)
    await shop.start_again()
    await shop.until_state("AT_RISK")
    await eventually(shop.steps, lambda steps: steps[-1] == ("AT_RISK", bought + 90 * DAY))
    (row,) = await shop.rows("SELECT state FROM customer_profiles")
    assert row["state"] == "AT_RISK"
    await shop.until_fates("win-back", "SENT", "PLANNED")


async def test_a_cart_that_was_bought_is_not_abandoned_afterwards(skipping_shop: SkippingShop) -> None:
    shop = skipping_shop
    await shop.campaigns("abandoned-cart")
    await shop.order("1")
    await shop.cart("c-1", SKILLET)
    await shop.fast_forward(10 * MINUTE)
    await shop.order("2", cart_id="c-1")
    await shop.until_state("REPEAT")
    await shop.terminate()
    await shop.start_again()
    await eventually(shop.profile, lambda profile: profile["epoch"] == 2)
    await shop.fast_forward(2 * HOUR)
    await shop.quiet()
    assert await shop.messages(ADA) == []
