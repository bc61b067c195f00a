"""The promise of the front door: what was acknowledged over HTTP is applied exactly once, whatever was killed."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from rich.progress import track
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from db.engine.connections import create_engine
from localstack.servers.child_process import ChildProcess
from localstack.stack.stack import Stack
from settings import Settings, split_secrets
from tests.chaos.account import REST_SECONDS, Finding
from tests.chaos.faults import Faults
from tests.chaos.shopper import Acknowledged

WORKERS = 2
DRAIN_SECONDS = 120
WEIGHTS = {"worker killed -9": 5, "gateway killed -9": 8, "PostgreSQL killed -9": 2, "Temporal restarted": 2}

_FIGURES = text("""
    SELECT (SELECT count(*) FROM event_inbox) AS events,
           (SELECT count(*) FROM event_inbox WHERE type = 'ORDER_PAID' AND status = 'APPLIED') AS orders_applied,
           (SELECT count(*) FROM event_inbox WHERE type = 'ORDER_REFUNDED' AND status = 'APPLIED') AS refunds_applied,
           (SELECT count(*) FROM event_inbox WHERE type = 'CART_UPDATED'
             AND status IN ('SIGNALLED', 'SKIPPED', 'APPLIED')) AS carts_signalled,
           (SELECT count(*) FROM event_inbox WHERE status IN ('RECEIVED', 'WAITING')) AS left_over,
           (SELECT count(*) FROM event_inbox WHERE status IN ('REFUSED', 'DISCARDED')) AS given_up,
           (SELECT coalesce(sum(order_count), 0) FROM customer_profiles) AS orders_in_profiles,
           (SELECT coalesce(sum(total_spend), 0) FROM customer_profiles) AS spend
""")


async def front_door(rounds: int, seed: int) -> list[Finding]:
    """Let `rounds` faults happen while another process sells over HTTP, and give the account."""
    with TemporaryDirectory(prefix="retention-front-door-") as directory:
        settings = Settings(_env_file=None, marketing_per_day=0, marketing_per_week=0)
        async with Stack(settings, directory=Path(directory), workers=WORKERS) as stack:
            return await _strike(stack, Random(seed), rounds, seed)


async def _strike(stack: Stack, random: Random, rounds: int, seed: int) -> list[Finding]:
    assert stack.settings.database_url is not None
    engine = create_engine(stack.settings.database_url)
    client = await stack.connect()
    faults = Faults(stack, [], random, WEIGHTS)
    ledger = stack.directory / "acknowledged"
    shopper = _shopper(stack, ledger, seed)
    for kind in track(faults.plan(rounds), description="faults", disable=not sys.stdout.isatty()):
        await faults.strike(kind)
        assert shopper.running, shopper.log_tail()
    await asyncio.to_thread(shopper.stop, DRAIN_SECONDS)
    assert shopper.exit_status == 0, shopper.log_tail()
    await _at_rest(engine)
    findings = await _account(engine, client, _read(ledger), json.loads(ledger.with_suffix(".answers").read_text()))
    await engine.dispose()
    proven = rounds < len(WEIGHTS) or all(faults.counts.values())
    return [*(Finding(what, count, proven) for what, count in faults.counts.items()), *findings]


def _shopper(stack: Stack, ledger: Path, seed: int) -> ChildProcess:
    """The load, in a process of its own."""
    environment = {
        **stack.environment(),
        "GATEWAY_TOKEN": stack.token or "",
        "SHOPIFY_SECRET": split_secrets(stack.settings.shopify_secrets)[0],
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    arguments = (sys.executable, "-m", "tests.chaos.shopper", stack.gateway_url, ledger, "--seed", str(seed))
    return ChildProcess(arguments, stack.directory / "logs" / "shopper.log", environment=environment)


def _read(ledger: Path) -> list[Acknowledged]:
    return [Acknowledged(**json.loads(line)) for line in ledger.read_text().splitlines()]


async def _at_rest(engine: AsyncEngine) -> None:
    """Wait until nothing is left over, or for as long as it may take."""
    for _ in range(REST_SECONDS * 2):
        try:
            if (await _figures(engine))["left_over"] == 0:
                return
        except SQLAlchemyError:
            pass  # connections from before the last fault
        await asyncio.sleep(0.5)


async def _account(
    engine: AsyncEngine, client: Client, acknowledged: Iterable[Acknowledged], answers: Counter[str]
) -> list[Finding]:
    """Compare what was acknowledged with what was applied."""
    acknowledgements = list(acknowledged)
    distinct = set(acknowledgements)
    found = await _figures(engine)
    count = Counter(one.kind for one in distinct)
    spend = sum((one.cents if one.kind == "order" else -one.cents for one in distinct), 0)
    failed = (await client.count_workflows("ExecutionStatus IN ('Failed', 'TimedOut')")).count
    lost = {name: number for name, number in answers.items() if not name.startswith("2")}
    return [
        Finding("acknowledgements", len(acknowledgements)),
        Finding("  requests that were not", ", ".join(f"{number} {name}" for name, number in lost.items())),
        Finding("distinct events acknowledged", len(distinct), len(distinct) > 0),
        Finding("  in the inbox", found["events"], found["events"] == len(distinct)),
        Finding("  left over", found["left_over"], found["left_over"] == 0),
        Finding("  refused or given up", found["given_up"], found["given_up"] == 0),
        Finding("distinct orders acknowledged", count["order"], count["order"] > 0),
        Finding("  applied in the ledger", found["orders_applied"], found["orders_applied"] == count["order"]),
        Finding("  counted in profiles", found["orders_in_profiles"], found["orders_in_profiles"] == count["order"]),
        Finding("  spend in profiles", found["spend"], found["spend"] == Decimal(spend) / 100),
        Finding("distinct refunds applied", found["refunds_applied"], found["refunds_applied"] == count["refund"]),
        Finding("distinct carts signalled", found["carts_signalled"], found["carts_signalled"] == count["cart"]),
        Finding("workflows that failed", failed, failed == 0),
    ]


async def _figures(engine: AsyncEngine) -> dict[str, Any]:
    async with engine.connect() as connection:
        return dict((await connection.execute(_FIGURES)).mappings().one())
