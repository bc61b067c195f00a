"""The context of the demo: a running stack with every campaign of `campaigns.yaml` live."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import httpx2
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from db.campaigns.campaigns import apply
from db.engine.connections import create_engine
from lifecycle.campaign_file import CampaignRow, read_campaigns
from lifecycle.campaigns import CampaignStatus
from localstack.demo.demo_shop import DemoShop
from localstack.stack.stack import Stack
from retention_client.storefront import StorefrontClient
from settings import split_secrets
from workflows.connection import data_converter

CAMPAIGNS = Path(__file__).parents[2] / "campaigns.yaml"

STEP_SECONDS = 60
"""The time limit of one step, with the jump in time before it; usually it takes two or three seconds."""


@dataclass(frozen=True)
class DemoContext:
    """What the runners use: Temporal, PostgreSQL, the shop system, and the ids of customers.

    `first_day` is day 0 of the scenario; `step_seconds` limits the time of one step.
    """

    client: Client
    engine: AsyncEngine
    shop: DemoShop
    storefront: StorefrontClient
    task_queue: str
    first_day: date
    step_seconds: float = STEP_SECONDS


@asynccontextmanager
async def open_context(
    stack: Stack, *, campaigns: Path = CAMPAIGNS, step_seconds: float = STEP_SECONDS
) -> AsyncIterator[DemoContext]:
    """Prepare a running stack with the embedded database. All campaigns in the file `campaigns` are live."""
    rows = _read(campaigns)
    settings = stack.settings
    secrets = split_secrets(settings.shopify_secrets)
    if settings.database_url is None or settings.identity_key is None or not secrets:
        raise ValueError("the stack is not running, or has no gateway")
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
        await apply(engine, rows, CampaignStatus.LIVE)
        # A proxy in the environment is meant for other hosts.
        async with httpx2.AsyncClient(trust_env=False) as http:
            shop = DemoShop(http, stack.gateway_url, secrets[0])
            today = datetime.now(UTC).date()
            yield DemoContext(client, engine, shop, storefront, settings.task_queue, today, step_seconds)
    finally:
        await engine.dispose()


def _read(campaigns: Path) -> tuple[CampaignRow, ...]:
    return read_campaigns(campaigns.read_text(encoding="utf-8"))
