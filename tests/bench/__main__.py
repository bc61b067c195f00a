"""`make bench`: how much slower than doing next to nothing the central paths are, on this machine, now."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import perf_counter

import httpx2
from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.worker import Replayer

from db.engine.connections import create_engine
from lifecycle.customer import Customer
from lifecycle.facts import Fact, Purchase
from lifecycle.fold import fold
from lifecycle.history import History, add_fact, of_facts
from lifecycle.policy import Policy
from lifecycle.snapshot import pack_customer, unpack_customer
from lifecycle.standing import Standing
from localstack.stack.stack import Stack
from retention_client.storefront import StorefrontClient
from settings import Settings
from worker import workflow_runner
from workflows.connection import data_converter
from workflows.customer import CustomerWorkflow

START = datetime(2026, 1, 1, tzinfo=UTC)
ORDERS = 200


def main() -> None:
    """Measure, and print a table."""
    table = Table("what", "baseline", "ratio", title="medians of one run; only the ratios travel")
    for row in [*_rules(), *asyncio.run(_system())]:
        table.add_row(*row)
    Console().print(table)


def _rules() -> list[tuple[str, str, str]]:
    policy, facts = Policy(), _orders(1000)
    history = of_facts(facts[:-1], START + timedelta(days=2000), policy)
    customer = Customer("A" * 26, "ada@example.com", history=of_facts(facts[:40], START + timedelta(days=2000), policy))
    whole = _median(lambda: fold(Standing(), facts, policy))
    newest = _median(lambda: add_fact(history, facts[-1], START + timedelta(days=2000), policy))
    late = _median(lambda: add_fact(history, _late(history), START + timedelta(days=2000), policy))
    packing = _median(lambda: unpack_customer(customer.customer_id, customer.email, pack_customer(customer)))
    return [
        ("fold a newest fact", "fold all 1,000 facts", f"{newest / whole:.3f}"),
        ("fold a late fact", "fold all 1,000 facts", f"{late / whole:.3f}"),
        ("carry a customer of 40 orders into the next run", "fold all 1,000 facts", f"{packing / whole:.3f}"),
    ]


async def _system() -> list[tuple[str, str, str]]:
    async with Stack(Settings(_env_file=None)) as stack:
        assert stack.settings.database_url is not None
        assert stack.settings.identity_key is not None
        client = await stack.connect()
        storefront = StorefrontClient(client, identity_key=stack.settings.identity_key.get_secret_value().encode())
        engine = create_engine(stack.settings.database_url)

        async def ping() -> None:
            async with engine.connect() as connection:
                await connection.execute(text("SELECT 1"))

        async def orders() -> None:
            await asyncio.gather(*(storefront.send(_event(number)) for number in range(ORDERS)))
            await _until_applied(engine, ORDERS)

        gateway = httpx2.AsyncClient(
            base_url=stack.gateway_url, headers={"Authorization": f"Bearer {stack.token}"}, timeout=60
        )

        async def send() -> None:
            await asyncio.gather(
                *(gateway.post("/v1/events", json=_event(ORDERS + number)) for number in range(ORDERS))
            )

        trip = await _timed(ping, times=200)
        all_orders = await _timed(orders, times=1)
        acknowledged = await _timed(send, times=1)
        await _until_applied(engine, 2 * ORDERS)
        await gateway.aclose()
        history = await storefront.handle(_address(0)).fetch_history()
        replayer = Replayer(
            workflows=[CustomerWorkflow], workflow_runner=workflow_runner(), data_converter=data_converter({})
        )
        replay = await _timed(lambda: replayer.replay_workflow(history), times=20)
        await engine.dispose()
        return [
            (
                f"an order, {ORDERS} at once, from the storefront to PostgreSQL",
                "one SELECT 1",
                f"{all_orders / ORDERS / trip:.1f}",
            ),
            (
                f"an order, {ORDERS} at once, acknowledged over HTTP by one gateway process",
                "one SELECT 1",
                f"{acknowledged / ORDERS / trip:.1f}",
            ),
            ("replay of a customer with one order", "one SELECT 1", f"{replay / trip:.1f}"),
        ]


async def _until_applied(engine: AsyncEngine, count: int) -> None:
    async with engine.connect() as connection:
        while count > await connection.scalar(text("SELECT count(*) FROM event_inbox WHERE status = 'APPLIED'")):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def _orders(count: int) -> list[Fact]:
    return [
        Purchase(START + timedelta(days=number), f"e-{number}", f"o-{number}", Decimal("19.00"))
        for number in range(count)
    ]


def _late(history: History) -> Fact:
    middle = history.recent[len(history.recent) // 2]
    return Purchase(middle.at + timedelta(hours=1), "late", "late", Decimal("19.00"))


def _address(number: int) -> str:
    return f"customer-{number}@example.com"


def _event(number: int) -> dict[str, object]:
    return {
        "type": "ORDER_PAID",
        "event_id": f"bench:{number}",
        "customer_email": _address(number),
        "occurred_at": datetime.now(UTC).isoformat(),
        "order": {"order_id": f"{number}", "total": "19.00", "currency": "USD"},
    }


def _median(work: Callable[[], object], times: int = 50) -> float:
    return statistics.median(_once(work) for _ in range(times))


def _once(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


async def _timed(work: Callable[[], Awaitable[object]], times: int) -> float:
    spans = []
    for _ in range(times):
        began = perf_counter()
        await work()
        spans.append(perf_counter() - began)
    return statistics.median(spans)


if __name__ == "__main__":
    main()
