"""Why a customer got, or did not get, a message: asked about real customers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from db.campaigns.campaigns import list_campaigns, set_status
from db.customers.records import load_record
from db.messages import sending_stops
from lifecycle.assignment import is_held_out
from lifecycle.campaigns import CampaignStatus
from operations.customers.explanation import ExplainedCampaign, explain_campaigns
from operations.customers.message_explanation import ExplainedMessage, ExplainedReaction
from tests.fixtures.launch import LAUNCH, launched, rows
from tests.fixtures.shop import SKILLET, Shop, eventually

NOBODY = "nobody@example.com"


async def ask(shop: Shop, email: str) -> dict[str, ExplainedCampaign]:
    """Every campaign explained for a customer, by slug."""
    record = await load_record(shop.engine, shop.storefront.customer_id(email))
    return {found.slug: found for found in explain_campaigns(record, await list_campaigns(shop.engine))}


async def until_whys(shop: Shop, email: str, slug: str, *whys: str) -> tuple[ExplainedMessage, ...]:
    """Wait until a campaign's messages are explained so, and give them."""

    async def outcomes() -> list[str]:
        return [message.why for message in (await ask(shop, email))[slug].messages]

    await eventually(outcomes, lambda found: found == list(whys))
    return (await ask(shop, email))[slug].messages


async def agreed(shop: Shop, email: str, **fields: Any) -> None:
    """A customer who wants e-mail."""
    await shop.send("VISITED", email, consent={"email": True}, **fields)
    await shop.until_state("VISITOR", email)


async def reactions(shop: Shop, email: str, *given: tuple[str, bool, int | None]) -> None:
    """Reactions to the customer's last message, one per minute: kind, by a machine, link."""
    insert = text(
        "INSERT INTO message_events (message_key, kind, is_machine, link, occurred_at) "
        "SELECT message_key, :kind, :machine, :link, sent_at + :place * interval '1 minute' FROM communications_log "
        "WHERE customer_id = :id ORDER BY sent_at DESC LIMIT 1"
    )
    async with shop.engine.connect() as connection:
        for place, (kind, machine, link) in enumerate(given, start=1):
            values = {"kind": kind, "machine": machine, "link": link, "place": place}
            await connection.execute(insert, {**values, "id": shop.storefront.customer_id(email)})


async def test_a_message_that_was_deferred_and_then_sent(capped_shop: Shop) -> None:
    shop, email = capped_shop, "put-off@example.com"
    await shop.apply(rows(launched("first", 1), launched("second", 2), launched("sample", conditions={"skus": ["X"]})))
    await agreed(shop, email)
    launch = await shop.send("CUSTOM", email, name=LAUNCH)
    await until_whys(shop, email, "second", "is planned for later: frequency cap: 1 a day")
    await shop.fast_forward(timedelta(days=2), email)
    [message] = await until_whys(shop, email, "second", "was sent by smtp")
    await reactions(shop, email, ("DELIVERED", True, None), ("OPEN", True, None), ("CLICK", False, 0))
    [message] = (await ask(shop, email))["second"].messages
    assert message.event is not None
    assert (message.event.type, message.event.event_id, message.event.what) == ("CUSTOM", launch.event_id, "launch")
    assert [(one.slug, one.answered, one.why) for one in message.candidates] == [
        ("first", True, "message 1 SENT"),
        ("sample", False, "its condition skus was not met"),
        ("second", True, "message 1 SENT"),
    ]
    [decision] = message.decisions
    assert (decision.decision, decision.reason) == ("put off", "frequency cap: 1 a day")
    assert decision.until is not None
    assert message.sent_at is not None
    assert decision.at < decision.until <= message.sent_at
    assert [reaction.description for reaction in message.reactions] == [
        "delivered",
        "opened by a machine",
        "link 1 clicked by a person",
    ]


async def test_why_not(capped_shop: Shop) -> None:
    """One customer for each reason, all launched at once."""
    shop = capped_shop
    await shop.apply(rows(launched("news"), launched("draft"), launched("half", 50, holdout=50)))
    await set_status(shop.engine, "draft", CampaignStatus.DRAFT)
    await shop.send("VISITED", "silent@example.com")
    await shop.send("CUSTOM", "silent@example.com", name=LAUNCH)
    await until_whys(shop, "silent@example.com", "news", "was not sent: no consent")
    held_out = next(
        email
        for email in (f"held-out-{number}@example.com" for number in range(50))
        if is_held_out(shop.storefront.customer_id(email), "half", 50)
    )
    await agreed(shop, held_out)
    await shop.send("CUSTOM", held_out, name=LAUNCH)
    [message] = await until_whys(shop, held_out, "half", "was not sent: held out: one of the 50% to compare with")
    assert message.held_out
    found = await ask(shop, held_out)
    assert (found["draft"].why_none or "").startswith("it is a draft, and drafts send nothing")
    assert ("draft", False, "it is a draft, and drafts send nothing") in [
        (one.slug, one.answered, one.why) for one in message.candidates
    ]
    await sending_stops.stop(shop.engine, "MARKETING", "wrong prices", datetime.now(UTC))
    await agreed(shop, "stopped@example.com")
    await shop.send("CUSTOM", "stopped@example.com", name=LAUNCH)
    await until_whys(shop, "stopped@example.com", "news", "is planned for later: marketing is stopped")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"double_opt_in": True}, "was not sent: consent not confirmed"),
        (
            {"recipient_allow_list": ("someone@shop.example",)},
            "was not sent: not on the list of recipients that this installation may write to",
        ),
    ],
)
async def test_why_not_by_the_settings(shop: Shop, settings: dict[str, Any], why: str) -> None:
    shop.settings = shop.settings.model_copy(update=settings)
    async with shop.worker():
        await shop.apply(rows(launched("news")))
        await agreed(shop, NOBODY)
        await shop.send("CUSTOM", NOBODY, name=LAUNCH)
        await until_whys(shop, NOBODY, "news", why)


async def test_the_cause_of_a_message(open_shop: Shop) -> None:
    """An order, a cart, and a time rule, each in words."""
    shop, email = open_shop, "cause@example.com"
    await shop.campaigns("order-confirmation", "abandoned-cart", "vip-welcome", "win-back")
    await agreed(shop, email)
    cart = await shop.cart("c-1", SKILLET, email=email)
    await shop.fast_forward(timedelta(hours=2), email)
    await shop.order("1", total="300.00", email=email)
    order = await shop.order("2", total="300.00", email=email)
    await shop.until_state("VIP", email)
    await shop.fast_forward(timedelta(days=91), email)
    await until_whys(shop, email, "win-back", "was sent by smtp", "is planned for later")
    found = await ask(shop, email)
    events = {slug: found[slug].messages[-1].event for slug in ("order-confirmation", "abandoned-cart", "vip-welcome")}
    causes = {slug: event and (event.event_id, event.what) for slug, event in events.items()}
    assert causes == {
        "order-confirmation": (order.event_id, "order 2 paid: 300.00 USD (Cast Iron Skillet)"),
        "abandoned-cart": (cart.event_id, "cart c-1 (Cast Iron Skillet)"),
        "vip-welcome": (order.event_id, "order 2 paid: 300.00 USD (Cast Iron Skillet)"),
    }
    lost = found["win-back"].messages[0].event
    assert lost is not None
    assert (lost.event_id, lost.what) == (None, "no purchase in 90 days")


def test_a_reaction_has_the_providers_reason() -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    assert ExplainedReaction("BOUNCE", at, True, detail="no such mailbox").description == "bounced: no such mailbox"
