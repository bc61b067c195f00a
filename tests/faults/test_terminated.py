"""A customer's workflow is terminated, as an operator may do in an emergency: the next event starts it again."""

from temporalio.client import WorkflowExecutionStatus

from tests.faults.campaigns import OFFER, RECEIPT
from tests.faults.checks import assert_applied_once, until_applied
from tests.faults.mailbox import subjects
from tests.fixtures.shop import ADA, SKILLET, Shop, eventually


async def test_between_an_order_s_acceptance_and_its_persistence(shop: Shop) -> None:
    events = [_order(shop, number) for number in range(3)]
    async with shop.worker():
        await shop.storefront.send(events[0])
        await until_applied(shop, events[:1])
        assert (await shop.profile())["epoch"] == 1
    await shop.storefront.send(events[1])
    await shop.handle().terminate()
    await shop.storefront.send(events[2])
    async with shop.worker():
        await until_applied(shop, events)
        await shop.quiet()
        assert (await shop.profile())["epoch"] == 2
        await assert_applied_once(shop, events)


async def test_before_the_first_event_was_applied(shop: Shop) -> None:
    events = [_order(shop, number) for number in range(2)]
    await shop.storefront.send(events[0])
    await shop.handle().terminate()
    await shop.storefront.send(events[1])
    async with shop.worker():
        await until_applied(shop, events)
        await shop.quiet()
        await assert_applied_once(shop, events)


async def test_planned_messages_are_taken_up_again_and_sent_once(shop: Shop) -> None:
    """One was sent before, one is planned for later; the new run sends what is left, and nothing again."""
    await shop.apply([RECEIPT])
    await shop.campaigns("vip-welcome")
    async with shop.worker():
        await shop.order("1", total="300.00")
        await shop.order("2", total="300.00")
        await shop.until_sent(2)
        await shop.quiet()
        await shop.handle().terminate()
        await shop.order("3", total="10.00")
        await shop.until_sent(3)
        await shop.quiet()
        assert [coming["what"].partition(" (")[0] for coming in (await shop.profile())["coming"]] == [
            "Welcome to our best customers",
            "leaves VIP without a purchase",
        ]
        await _bring_forward(shop, "vip-welcome")
        await shop.handle().terminate()
        await shop.order("4", total="10.00")
        await shop.until_sent(5)
        await shop.quiet()
    assert subjects(shop.mail, ADA) == {
        **{f"Receipt {number}": 1 for number in range(1, 5)},
        "You are one of our best customers": 1,
    }


async def test_a_message_of_unknown_fate_is_taken_up_again(shop: Shop) -> None:
    """The answer to a receipt was lost, and then the workflow: the new run sends the receipt again, not the offer."""
    await shop.apply([RECEIPT, OFFER])
    async with shop.worker():
        await shop.order("1")
        await shop.until_sent(2)
        await shop.quiet()
        await shop.handle().terminate()
        await shop.rows("UPDATE communications_log SET status = 'UNKNOWN', sent_at = NULL RETURNING message_key")
        await shop.send("CUSTOM", name="shipped")
        await shop.until_sent(1)
        await shop.quiet()
    assert {message["slug"]: message["status"] for message in await shop.messages()} == {
        "offer": "UNKNOWN",
        "receipt": "SENT",
    }
    assert subjects(shop.mail, ADA) == {"Receipt 1": 2, "Offer 1": 1}


async def test_a_cart_that_was_bought_is_not_opened_again(shop: Shop) -> None:
    """The inbox still holds what the shop said of the cart, and the ledger alone knows that it was bought."""
    async with shop.worker():
        await shop.order("1")
        await shop.cart("c-1", SKILLET)
        await shop.order("2", cart_id="c-1")
        await shop.until_state("REPEAT")
        await shop.quiet()
        await shop.handle().terminate()
        shipped = shop.event("CUSTOM", name="shipped")
        await shop.storefront.send(shipped)
        await until_applied(shop, [shipped])
        assert (await shop.profile())["open_carts"] == []


async def test_cancelling_stops_a_customer_on_purpose(shop: Shop) -> None:
    """What was accepted is applied first, that the end was meant is kept, and a later event begins anew."""
    events = [_order(shop, number) for number in range(3)]
    await shop.storefront.send(events[0])
    await shop.storefront.send(events[1])
    await shop.handle().cancel()
    async with shop.worker():
        await eventually(lambda: _status(shop), lambda status: status == "CANCELED")
        await until_applied(shop, events[:2])
        assert (await _row(shop))["stopped_at"] is not None
        await shop.storefront.send(events[2])
        await until_applied(shop, events)
        await shop.quiet()
        assert (await _row(shop))["stopped_at"] is None
        await assert_applied_once(shop, events)


def _order(shop: Shop, number: int) -> dict[str, object]:
    order = {"order_id": f"{number}", "total": "50.00", "currency": "USD", "items": [SKILLET]}
    return shop.event("ORDER_PAID", order=order)


async def _status(shop: Shop) -> str:
    status = (await shop.handle().describe()).status
    return (status or WorkflowExecutionStatus.RUNNING).name


async def _row(shop: Shop) -> dict[str, object]:
    (row,) = await shop.rows("SELECT * FROM customer_profiles")
    return row


async def _bring_forward(shop: Shop, slug: str) -> None:
    """As if its hour had come: what a run takes up from PostgreSQL is due when PostgreSQL says so."""
    moved = await shop.rows(
        "UPDATE communications_log SET due_at = planned_at FROM campaigns "
        "WHERE campaigns.id = campaign_id AND slug = :slug RETURNING message_key",
        slug=slug,
    )
    assert len(moved) == 1
