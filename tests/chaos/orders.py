"""The promise of an order: what was accepted is applied exactly once and answered, whatever was killed."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from rich.progress import track

from db.campaigns.campaigns import apply
from db.engine.connections import create_engine
from intake.signals.customer_workflows import RunningCustomers
from lifecycle.campaigns import CampaignStatus
from localstack.servers.mail_server import ACCEPTED, ReceivedMail
from localstack.stack.stack import Stack
from settings import Settings
from tests.chaos.account import Finding, account, at_rest
from tests.chaos.faults import Faults
from tests.chaos.load import Load, storefront_of
from tests.faults.campaigns import OFFER, RECEIPT

ORDERS_A_ROUND = 10
CUSTOMERS = 12
WORKERS = 2


async def orders(rounds: int, seed: int) -> list[Finding]:
    """Let `rounds` faults happen under load, and give the account."""
    settings = Settings(_env_file=None, delivery_timeout_seconds=2, marketing_per_day=0, marketing_per_week=0)
    # A directory of its own, so that Temporal keeps its workflows in a file and can be restarted.
    with TemporaryDirectory(prefix="retention-chaos-") as directory:
        async with Stack(settings, directory=Path(directory), workers=WORKERS, gateway=False) as stack:
            return await _strike(stack, Random(seed), rounds)


async def _strike(stack: Stack, random: Random, rounds: int) -> list[Finding]:
    assert stack.mail is not None
    assert stack.settings.database_url is not None

    async def slowly(_message: ReceivedMail, keep: Callable[[], Path]) -> str:
        # So that a kill finds messages in every window: before and after the server has them.
        await asyncio.sleep(random.uniform(0, 0.2))
        keep()
        await asyncio.sleep(random.uniform(0, 0.2))
        return ACCEPTED

    stack.mail.behaviour = slowly
    engine = create_engine(stack.settings.database_url)
    client = await stack.connect()
    await apply(engine, [RECEIPT, OFFER], CampaignStatus.LIVE)
    storefront = storefront_of(stack, client, engine)
    load = Load(storefront, random, CUSTOMERS)
    faults = Faults(stack, [storefront.handle(email) for email in load.customers], random)
    for kind in track(faults.plan(rounds), description="faults", disable=not sys.stdout.isatty()):
        await asyncio.gather(load.sell(ORDERS_A_ROUND), faults.strike(kind))
    # What the daily check does for a customer without a workflow: here those terminated after their last order.
    running = RunningCustomers(client, stack.settings.task_queue)
    for email in load.customers:
        await running.start(storefront.customer_id(email), email)
    await at_rest(engine, len(load.accepted))
    findings = await account(engine, client, stack.mail, load.accepted)
    await engine.dispose()
    return [*(Finding(what, count) for what, count in faults.counts.items()), *findings]
