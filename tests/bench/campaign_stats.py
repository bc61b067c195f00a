"""`python -m tests.bench.campaign_stats`: how long `retention campaign stats` takes for a shop of some years.

Loads 400,000 orders, with their events in the inbox, and 200,000 messages with 150,000 events into an embedded
PostgreSQL, and runs the command right away, before autovacuum has counted anything, and once more after ANALYZE.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from db.campaigns.campaign_results import Period, campaign_results, skipped_messages
from db.campaigns.holdouts import holdouts
from db.engine.connections import create_engine
from db.schema.upgrade import upgrade
from localstack.servers.postgres import EmbeddedPostgres
from tests.fixtures.postgres import connect

START = datetime(2025, 11, 1, tzinfo=UTC)
WINDOW = timedelta(days=5)


@dataclass(frozen=True)
class Shop:
    """How much there is of everything. A tenth of the customers gets no message."""

    customers: int = 100_000
    orders: int = 400_000
    messages: int = 200_000
    message_events: int = 150_000


_CUSTOMERS = """
    INSERT INTO customer_profiles (customer_email, customer_id, state, order_count, updated_at)
    SELECT n || '@example.com', upper(substr(md5(n::text), 1, 26)), 'CUSTOMER', 1, %(start)s
    FROM generate_series(0, %(customers)s - 1) AS n
"""

_CAMPAIGNS = """
    INSERT INTO campaign_definitions (slug, name, trigger_event, channel, status, holdout)
    SELECT 'campaign-' || n, 'Campaign ' || n, 'ORDER_PAID', 'EMAIL', 'live', CASE WHEN n < 2 THEN 10 ELSE 0 END
    FROM generate_series(0, 7) AS n
"""

_STEPS = """
    INSERT INTO campaigns (id, slug, step, name, trigger_event, channel)
    SELECT 2 * n + step, 'campaign-' || n, step, 'Campaign ' || n, 'ORDER_PAID', 'EMAIL'
    FROM generate_series(0, 7) AS n, generate_series(1, 2) AS step
"""

# Spread over a year; one in ten was refunded in part.
_ORDERS = """
    INSERT INTO orders (customer_id, order_id, event_id, placed_at, reported_at, total, refunded, counted, currency)
    SELECT upper(substr(md5(mod(n, %(customers)s)::text), 1, 26)), 'o-' || n, 'paid:' || n, at, at,
           20 + mod(n, 180), CASE WHEN mod(n, 10) = 0 THEN 5 ELSE 0 END, true, 'USD'
    FROM generate_series(0, %(orders)s - 1) AS n,
         LATERAL (SELECT %(start)s + mod(n * 7919::bigint, 31536000) * interval '1 second') AS placed(at)
"""

_INBOX = """
    INSERT INTO event_inbox (event_id, customer_id, customer_email, type, occurred_at, received_at, status, body)
    SELECT event_id, customer_id, 'x@example.com', 'ORDER_PAID', placed_at, reported_at, 'APPLIED',
           jsonb_build_object(
             'type', 'ORDER_PAID', 'event_id', event_id, 'occurred_at', placed_at, 'order', jsonb_build_object(
               'order_id', order_id, 'total', total::text, 'currency', 'USD', 'items', jsonb_build_array(
                 jsonb_build_object('sku', 'SKILLET', 'name', 'Cast Iron Skillet', 'quantity', 1,
                                    'unit_price', total::text))))
    FROM orders
"""

# One in twenty was skipped; of the first two campaigns a tenth of the customers is held out.
_MESSAGES = """
    INSERT INTO communications_log (message_key, customer_id, customer_email, campaign_id, channel, trigger_event,
                                    occurrence, triggered_at, planned_at, due_at, expires_at, sent_at, status, reason,
                                    provider, variant, held_out)
    SELECT encode(sha256(n::text::bytea), 'hex'), upper(substr(md5(customer::text), 1, 26)),
           customer || '@example.com', campaign, 'EMAIL', 'ORDER_PAID', 'o-' || n, at, at, at, at + interval '3 days',
           CASE WHEN status = 'SENT' THEN at END, status,
           CASE WHEN held_out THEN 'held out: one of the 10%% to compare with'
                WHEN status = 'SKIPPED' THEN 'no consent' END,
           CASE WHEN status = 'SENT' THEN 'resend' END,
           CASE WHEN campaign = 5 THEN substr('AB', 1 + mod(customer, 2), 1) END, held_out
    FROM generate_series(0, %(messages)s - 1) AS n,
         LATERAL (SELECT mod(n, %(customers)s * 9 / 10), 1 + mod(n, 16)) AS sent_to(customer, campaign),
         LATERAL (SELECT %(start)s + mod(n * 6151::bigint, 31536000) * interval '1 second') AS due(at),
         LATERAL (SELECT campaign <= 4 AND mod(customer / 16, 10) = 0) AS kept(held_out),
         LATERAL (SELECT CASE WHEN held_out OR mod(n / 16, 20) = 1 THEN 'SKIPPED' ELSE 'SENT' END) AS now(status)
"""

# Of every four events two are deliveries, one is an open and one a click; one in eight is a machine's open.
_MESSAGE_EVENTS = """
    INSERT INTO message_events (message_key, kind, is_machine, occurred_at)
    SELECT message_key, (ARRAY['DELIVERED', 'OPEN', 'DELIVERED', 'CLICK'])[1 + mod(n, 4)], mod(n, 8) = 1,
           sent_at + interval '2 hours'
    FROM (SELECT message_key, sent_at, row_number() OVER (ORDER BY id) AS n
          FROM communications_log WHERE status = 'SENT') AS message
    WHERE n <= %(message_events)s
"""


def load(url: str, shop: Shop) -> None:
    """Write a shop's year into an empty, migrated database."""
    values = {**vars(shop), "start": START}
    with connect(url) as connection:
        for statement in (_CUSTOMERS, _CAMPAIGNS, _STEPS, _ORDERS, _INBOX, _MESSAGES, _MESSAGE_EVENTS):
            connection.execute(statement.encode(), values)
        # What this process has read must not be counted as the report's later on.
        connection.execute("SELECT pg_stat_force_next_flush()")


async def time_queries(url: str) -> dict[str, float]:
    """Seconds of each of the statements behind the command."""
    engine = create_engine(url)
    found: dict[str, float] = {}
    for name, work in (
        ("results", lambda: campaign_results(engine, WINDOW, Period())),
        ("skipped", lambda: skipped_messages(engine, Period())),
        ("holdouts", lambda: holdouts(engine, WINDOW, Period(), START + timedelta(days=400))),
    ):
        started = perf_counter()
        await work()
        found[name] = perf_counter() - started
    await engine.dispose()
    return found


def time_command(url: str) -> float:
    """Seconds of `retention campaign stats --json`, a process of its own."""
    started = perf_counter()
    subprocess.run(
        [str(Path(sys.executable).parent / "retention"), "campaign", "stats", "--json"],
        env={**os.environ, "DATABASE_URL": url},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return perf_counter() - started


def main() -> None:
    """Load, measure and print."""
    with tempfile.TemporaryDirectory(prefix="stats-") as directory:
        server = EmbeddedPostgres(Path(directory))
        url = server.start()
        try:
            upgrade(url)
            with connect(url) as connection:
                connection.execute("ALTER SYSTEM SET autovacuum = off")
                connection.execute("SELECT pg_reload_conf()")
            started = perf_counter()
            load(url, Shop())
            print(f"loaded in {perf_counter() - started:.1f} s")
            for when in ("bulk-loaded", "after ANALYZE"):
                if when != "bulk-loaded":
                    with connect(url) as connection:
                        connection.execute("ANALYZE")
                times = asyncio.run(time_queries(url))
                words = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in times.items())
                print(f"{when}: {words}; command {time_command(url):.2f} s")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
