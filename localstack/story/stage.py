"""The stage: the running parts, with every campaign of `campaigns.yaml` live."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import httpx2
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from db.campaigns import campaigns
from db.engine.connections import create_engine
from lifecycle.campaign_file import read_campaigns
from lifecycle.campaigns import CampaignStatus
from localstack.stack.stack import Stack
from localstack.story.shopify import Shopify
from retention_client.storefront import StorefrontClient
from settings import several
from workflows.connection import data_converter

CAMPAIGNS = Path(__file__).parents[2] / "campaigns.yaml"


@dataclass(frozen=True)
class Stage:
    """What the players need: the shop system, a look into PostgreSQL, and whose workflow is whose."""

    client: Client
    engine: AsyncEngine
    shopify: Shopify
    storefront: StorefrontClient
    task_queue: str
    first_day: date


@asynccontextmanager
async def set_up(stack: Stack) -> AsyncIterator[Stage]:
    """Make a stage of a running stack whose database is its own."""
    settings = stack.settings
    secrets = several(settings.shopify_secrets)
    if settings.database_url is None or settings.identity_key is None or not secrets:
        raise ValueError("the stack does not run, or has no gateway")
    plain = await stack.connect()
    converter = data_converter(settings.payload_keys_by_id())
    client = Client(plain.service_client, namespace=plain.namespace, data_converter=converter)
    engine = create_engine(settings.database_url)
    storefront = StorefrontClient(
        client,
        identity_key=settings.identity_key.get_secret_value().encode(),
        currency=settings.currency,
        task_queue=settings.task_queue,
    )
    try:
        rows = read_campaigns(CAMPAIGNS.read_text(encoding="utf-8"))
        await campaigns.apply(engine, rows, CampaignStatus.LIVE)
        # Whatever proxy the environment names is for other hosts.
        async with httpx2.AsyncClient(trust_env=False) as http:
            shopify = Shopify(http, stack.gateway_url, secrets[0])
            yield Stage(client, engine, shopify, storefront, settings.task_queue, _today())
    finally:
        await engine.dispose()


def _today() -> date:
    return datetime.now(UTC).date()
