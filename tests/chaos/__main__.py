"""`make chaos`: so many faults while orders come in, then the account. Exits 1 when a promise was broken.

`python -m tests.chaos --rounds 100 --seed 1`, and with `--front-door` the orders come over HTTP from another process.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import track
from rich.table import Table

from db.campaigns import apply
from db.engine import create_engine
from lifecycle.campaigns import CampaignStatus
from settings import Settings
from starter.customer_workflows import RunningCustomers
from starter.durable_inbox import DurableInbox
from starter.stack.mail_server import ACCEPTED, Received
from starter.stack.stack import Stack
from starter.storefront import StorefrontClient
from tests.chaos.account import Finding, account, at_rest
from tests.chaos.faults import Faults
from tests.chaos.front_door import front_door
from tests.chaos.load import Load
from tests.faults.campaigns import OFFER, RECEIPT

ORDERS_A_ROUND = 10
CUSTOMERS = 12
WORKERS = 2


async def chaos(rounds: int, seed: int) -> list[Finding]:
    """Let `rounds` faults happen under load, and give the account."""
    settings = Settings(_env_file=None, delivery_timeout_seconds=2, marketing_per_day=0, marketing_per_week=0)
    # A directory of its own, so that Temporal keeps its workflows in a file and can be restarted.
    with TemporaryDirectory(prefix="retention-chaos-") as directory:
        async with Stack(settings, directory=Path(directory), workers=WORKERS, gateway=False) as stack:
            return await _strike(stack, Random(seed), rounds)


async def _strike(stack: Stack, random: Random, rounds: int) -> list[Finding]:
    assert stack.mail is not None
    assert stack.settings.identity_key is not None
    assert stack.settings.database_url is not None

    async def slowly(_message: Received, keep: Callable[[], Path]) -> str:
        # So that a kill finds messages in every window: before and after the server has them.
        await asyncio.sleep(random.uniform(0, 0.2))
        keep()
        await asyncio.sleep(random.uniform(0, 0.2))
        return ACCEPTED

    stack.mail.behaviour = slowly
    engine = create_engine(stack.settings.database_url)
    client = await stack.connect()
    await apply(engine, [RECEIPT, OFFER], CampaignStatus.LIVE)
    storefront = StorefrontClient(
        client,
        identity_key=stack.settings.identity_key.get_secret_value().encode(),
        inbox=DurableInbox(engine),
    )
    load = Load(storefront, random, CUSTOMERS)
    faults = Faults(stack, [storefront.handle(email) for email in load.customers], random)
    for kind in track(faults.plan(rounds), description="faults", disable=not sys.stdout.isatty()):
        await asyncio.gather(load.sell(ORDERS_A_ROUND), faults.strike(kind))
    # What the daily check does for whoever has no workflow: here those terminated after their last order.
    running = RunningCustomers(client, stack.settings.task_queue)
    for email in load.customers:
        await running.start(storefront.customer_id(email), email)
    await at_rest(engine, len(load.accepted))
    findings = await account(engine, client, stack.mail, load.accepted)
    await engine.dispose()
    return [*(Finding(what, count) for what, count in faults.counts.items()), *findings]


def main() -> int:
    """Run, print the figures, and say whether every promise held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100, help="how many faults (100)")
    parser.add_argument("--seed", type=int, default=1, help="which run of chance (1)")
    parser.add_argument("--front-door", action="store_true", help="sell over HTTP, and kill the gateway too")
    given = parser.parse_args()
    findings = asyncio.run((front_door if given.front_door else chaos)(given.rounds, given.seed))
    table = Table("", "figure", "", title=f"{given.rounds} faults, seed {given.seed}")
    for finding in findings:
        table.add_row(finding.what, str(finding.figure), "" if finding.holds else "[red]BROKEN[/]")
    Console().print(table)
    return 0 if all(finding.holds for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
