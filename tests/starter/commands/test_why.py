"""Why did, or did not, a customer get this? Asked about real customers, and answered for whoever reads it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import text

from db.campaigns.campaigns import list_campaigns, set_status
from db.customers.records import load_story
from db.messages import sending_stops
from lifecycle.assignment import is_held_out
from lifecycle.campaigns import CampaignStatus
from operations.customers.explanation import ExplainedCampaign, explain
from operations.customers.message_explanation import ExplainedMessage, Reaction, Words
from starter.commands.message_lines import message_lines
from starter.commands.output import fields
from tests.fixtures.launch import LAUNCH, launched, rows
from tests.fixtures.shop import SKILLET, Shop, eventually

NOBODY = "nobody@example.com"


async def ask(shop: Shop, email: str) -> dict[str, ExplainedCampaign]:
    """Every campaign explained for a customer, by slug."""
    story = await load_story(shop.engine, shop.storefront.customer_id(email))
    return {found.slug: found for found in explain(story, await list_campaigns(shop.engine))}


async def until_whys(shop: Shop, email: str, slug: str, *whys: str) -> tuple[ExplainedMessage, ...]:
    """Wait until a campaign's messages are explained so, and give them."""

    async def told() -> list[str]:
        return [message.why for message in (await ask(shop, email))[slug].messages]

    await eventually(told, lambda found: found == list(whys))
    return (await ask(shop, email))[slug].messages


def printed(message: ExplainedMessage) -> str:
    """What an operator reads."""
    console = Console(width=200, highlight=False)
    with console.capture() as capture:
        console.print(fields(message_lines(message)))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


async def agreed(shop: Shop, email: str, **fields: Any) -> None:
    """A customer who wants e-mail."""
    await shop.send("VISITED", email, consent={"email": True}, **fields)
    await shop.until_state("VISITOR", email)


async def reactions(shop: Shop, email: str, *told: tuple[str, bool, int | None]) -> None:
    """What became of the customer's last message, a minute after one another: kind, by a machine, link."""
    insert = text(
        "INSERT INTO message_events (message_key, kind, is_machine, link, occurred_at) "
        "SELECT message_key, :kind, :machine, :link, sent_at + :place * interval '1 minute' FROM communications_log "
        "WHERE customer_id = :id ORDER BY sent_at DESC LIMIT 1"
    )
    async with shop.engine.connect() as connection:
        for place, (kind, machine, link) in enumerate(told, start=1):
            values = {"kind": kind, "machine": machine, "link": link, "place": place}
            await connection.execute(insert, {**values, "id": shop.storefront.customer_id(email)})


async def test_one_that_was_put_off_and_then_sent(capped_shop: Shop) -> None:
    shop, email = capped_shop, "put-off@example.com"
    await shop.apply(rows(launched("first", 1), launched("second", 2), launched("sample", conditions={"skus": ["X"]})))
    await agreed(shop, email)
    launch = await shop.send("CUSTOM", email, name=LAUNCH)
    await until_whys(shop, email, "second", "waits for its time: frequency cap: 1 a day")
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
    assert [reaction.told for reaction in message.reactions] == [
        "delivered",
        "opened by a machine",
        "link 1 followed by a person",
    ]
    shape = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME", printed(message)).replace(launch.event_id, "ID")
    assert [re.sub(r"\s+", " ", line).strip() for line in shape.splitlines()][:7] == [
        "1. SENT was sent by smtp (TIME)",
        "because of launch, TIME (event ID)",
        "planned TIME, for TIME, good until TIME",
        "put off TIME until TIME: frequency cap: 1 a day",
        "after that TIME: delivered",
        "after that TIME: opened by a machine",
        "after that TIME: link 1 followed by a person",
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
    await until_whys(shop, "stopped@example.com", "news", "waits for its time: marketing is stopped")


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


async def test_what_set_it_off(open_shop: Shop) -> None:
    """An order, a cart, and a rule of time, each in words."""
    shop, email = open_shop, "cause@example.com"
    await shop.campaigns("order-confirmation", "abandoned-cart", "vip-welcome", "win-back")
    await agreed(shop, email)
    cart = await shop.cart("c-1", SKILLET, email=email)
    await shop.fast_forward(timedelta(hours=2), email)
    await shop.order("1", total="300.00", email=email)
    order = await shop.order("2", total="300.00", email=email)
    await shop.until_state("VIP", email)
    await shop.fast_forward(timedelta(days=91), email)
    await until_whys(shop, email, "win-back", "was sent by smtp", "waits for its time")
    found = await ask(shop, email)
    events = {slug: found[slug].messages[-1].event for slug in ("order-confirmation", "abandoned-cart", "vip-welcome")}
    told = {slug: event and (event.event_id, event.what) for slug, event in events.items()}
    assert told == {
        "order-confirmation": (order.event_id, "order 2 paid: 300.00 USD (Cast Iron Skillet)"),
        "abandoned-cart": (cart.event_id, "cart c-1 (Cast Iron Skillet)"),
        "vip-welcome": (order.event_id, "order 2 paid: 300.00 USD (Cast Iron Skillet)"),
    }
    lost = found["win-back"].messages[0].event
    assert lost is not None
    assert (lost.event_id, lost.what) == (None, "no purchase in 90 days")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (Words(reason="the model did not answer"), "as the campaign has them: the model did not answer"),
        (Words("small", tokens=812), "by small, 812 tokens, 0"),
        (Words("small", tokens=812, reused=True), "by small, written before for 812 tokens, 0"),
    ],
)
def test_who_wrote_it(words: Words, told: str, explained: Callable[..., ExplainedMessage]) -> None:
    assert f"words {told}" in re.sub(r"\s+", " ", printed(explained(words=words)))


def test_which_side_of_a_test_it_was(explained: Callable[..., ExplainedMessage]) -> None:
    assert "variant B" in re.sub(r"\s+", " ", printed(explained(variant="B")))


def test_a_providers_reason_is_told() -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    assert Reaction("BOUNCE", at, True, detail="no such mailbox").told == "came back for good: no such mailbox"


@pytest.fixture
def explained() -> Callable[..., ExplainedMessage]:
    """A message that was sent, but for what is said."""
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    usual: dict[str, Any] = {
        "step": 1,
        "event": None,
        "candidates": (),
        "occurrence": "1",
        "triggered_at": at,
        "planned_at": at,
        "due_at": at,
        "expires_at": at,
        "decisions": (),
        "variant": None,
        "held_out": False,
        "words": None,
        "status": "SENT",
        "why": "was sent",
        "sent_at": at,
        "attempts": 0,
        "provider": None,
        "provider_message_id": None,
        "reactions": (),
    }
    return lambda **changes: ExplainedMessage(**{**usual, **changes})
