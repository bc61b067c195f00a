"""The customer workflow has a text written and delivers again, on real servers."""

from uuid import uuid4

from tests.activities.writing.model_server import ModelServer, error
from tests.activities.writing.shops import PAN, care_guide_at_once, with_model
from tests.fixtures.shop import Shop


async def ordered(shop: Shop, model: ModelServer) -> tuple[Shop, list[str]]:
    """An order is paid, and its care guide is out; the activities that ran for it, in their order."""
    open_shop = with_model(shop, model, f"written-{uuid4().hex[:8]}")
    await open_shop.apply([care_guide_at_once()])
    async with open_shop.worker():
        await open_shop.order("o-1", items=[PAN])
        await open_shop.until_sent(1)
        history = await open_shop.quiet()
    scheduled = (event.activity_task_scheduled_event_attributes.activity_type.name for event in history)
    return open_shop, [name for name in scheduled if name]


async def test_the_workflow_has_the_text_written_and_delivers_again(shop: Shop, model: ModelServer) -> None:
    shop, activities = await ordered(shop, model)

    assert activities == ["deliver_message", "write_content", "deliver_message"]
    [message] = await shop.messages()
    assert (message["content"]["source"], message["content"]["tokens"]) == ("model", 200)
    assert len(model.asked) == 1


async def test_a_second_customer_needs_neither_a_request_nor_an_activity(shop: Shop, model: ModelServer) -> None:
    shop, _ = await ordered(shop, model)
    async with shop.worker():
        await shop.order("o-2", email="bob@example.com", items=[PAN])
        [message] = await shop.until_sent(1, "bob@example.com")
    assert message["content"]["reused"] is True
    assert len(model.asked) == 1


async def test_after_failures_of_the_model_the_campaigns_own_body_is_sent(shop: Shop, model: ModelServer) -> None:
    model.answers = [error(503), error(401)]
    shop, activities = await ordered(shop, model)

    assert activities == ["deliver_message", "write_content", "deliver_message"]
    [message] = await shop.messages()
    reason = "the language model does not accept our key (401)"
    assert message["content"] == {"source": "fallback", "reason": reason}
    assert len(model.asked) == 2
