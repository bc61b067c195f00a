"""Who says yes is asked to confirm it, gets no marketing until they do, and is not asked twice in a week."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from intake.door.door import Door
from intake.signals.dispatcher import Dispatcher
from intake.signals.signalling import Signalling
from retention_client.events import InvalidEvent
from starter.gateway.confirmation import confirmation
from starter.gateway.context import GatewayContext
from tests.fixtures.launch import LAUNCH, launched, rows
from tests.fixtures.shop import Shop, eventually, new_shop

ASKS = "confirm-subscription"


@pytest.fixture
async def careful_shop(
    clean_database: None, engine: AsyncEngine, temporal: Client, tmp_path: Path, database_url: str
) -> AsyncIterator[Shop]:
    """An open shop that has consent confirmed."""
    async with new_shop(temporal, engine, database_url, tmp_path, double_opt_in=True) as shop, shop.worker():
        await shop.campaigns(ASKS)
        await shop.apply(rows(launched("news")))
        yield shop


@asynccontextmanager
async def gateway(shop: Shop) -> AsyncIterator[httpx2.AsyncClient]:
    """The shop's gateway, as far as the link leads."""

    async def connected() -> Client:
        return shop.skipper.client

    assert shop.settings.identity_key is not None
    key = shop.settings.identity_key.get_secret_value().encode()
    async with Dispatcher(shop.engine, Signalling(connected, shop.settings.task_queue)) as dispatcher:
        door = Door(shop.engine, identity_key=key, currency="USD", signals=dispatcher)
        app = FastAPI()
        app.include_router(confirmation(GatewayContext(shop.settings, shop.engine, door)))
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="https://shop.test") as web:
            yield web


def links(shop: Shop) -> list[str]:
    """Where the plain text of each mail that asks would have its reader go."""
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in shop.mail.messages()]
    texts = [str(part.get_content()) for mail in mails if (part := mail.get_body(("plain",)))]
    return [found[1] for text in texts if (found := re.search(r"https?://[^\s/]+(/v/[\w-]+)", text))]


async def fates(shop: Shop, slug: str) -> list[str]:
    """What became of a campaign's messages."""
    return [m["reason"] or m["status"] for m in await shop.messages() if m["slug"] == slug]


async def until_fates(shop: Shop, slug: str, *expected: str) -> None:
    """Wait until a campaign's messages came to this."""
    await eventually(lambda: fates(shop, slug), lambda found: found == list(expected))


async def test_from_the_first_consent_to_the_first_marketing_message(careful_shop: Shop) -> None:
    shop = careful_shop
    await shop.send("VISITED", consent={"email": True, "source": "footer"})
    await until_fates(shop, ASKS, "SENT")
    await shop.send("CUSTOM", name=LAUNCH)
    await until_fates(shop, "news", "consent not confirmed")
    profile = await shop.until_state("VISITOR")
    assert (profile["consent_email"], profile["consent_email_source"]) == (True, "footer")

    [link] = links(shop)
    async with gateway(shop) as web:
        assert (await web.get(link)).status_code == 200
        await shop.send("CUSTOM", name=LAUNCH)
        await until_fates(shop, "news", *["consent not confirmed"] * 2)
        assert (await web.post(link)).status_code == 200
    query = "SELECT consent_email_source AS source, consent_email_at AS at FROM customer_profiles"
    [said] = await eventually(lambda: shop.rows(query), lambda found: found[0]["source"] == "double opt-in")
    assert said["at"] > profile["consent_email_at"]

    await shop.send("CUSTOM", name=LAUNCH)
    await until_fates(shop, "news", *["consent not confirmed"] * 2, "SENT")
    await shop.order("1")
    await shop.until_state("CUSTOMER")
    assert await fates(shop, ASKS) == ["SENT"]
    [said] = await shop.rows(query)
    assert said["source"] == "double opt-in"


async def test_no_customer_is_asked_twice_in_a_week(careful_shop: Shop) -> None:
    shop = careful_shop
    await shop.send("VISITED", consent={"email": True})
    await until_fates(shop, ASKS, "SENT")
    await shop.order("1")
    await until_fates(shop, ASKS, "SENT", "sent less than 7 days ago")
    await shop.fast_forward(timedelta(days=8))
    await shop.order("2")
    await until_fates(shop, ASKS, "SENT", "sent less than 7 days ago", "SENT")
    assert len(links(shop)) == 2


async def test_after_a_withdrawal_new_consent_has_to_be_confirmed(careful_shop: Shop) -> None:
    shop = careful_shop
    await shop.send("VISITED", consent={"email": True})
    await until_fates(shop, ASKS, "SENT")
    async with gateway(shop) as web:
        await web.post(links(shop)[0])
    await eventually(shop.profile, lambda found: len(shop.mail.messages()) == 1 and found["revision"] == 2)
    await shop.send("CONSENT_CHANGED", channel="email", granted=False)
    await shop.fast_forward(timedelta(days=10))
    await shop.send("CONSENT_CHANGED", channel="email", granted=True, source="footer")
    await until_fates(shop, ASKS, "SENT", "SENT")
    await shop.send("CUSTOM", name=LAUNCH)
    await until_fates(shop, "news", "consent not confirmed")


async def test_a_storefront_cannot_confirm_for_its_customers(careful_shop: Shop) -> None:
    with pytest.raises(InvalidEvent, match="reserved"):
        await careful_shop.send("CONSENT_CHANGED", channel="email", granted=True, source="double opt-in")


async def test_without_the_setting_no_customer_is_asked(open_shop: Shop) -> None:
    shop = open_shop
    await shop.campaigns(ASKS)
    await shop.apply(rows(launched("news")))
    await shop.send("VISITED", consent={"email": True})
    await shop.send("CUSTOM", name=LAUNCH)
    await until_fates(shop, "news", "SENT")
    assert await fates(shop, ASKS) == []
