"""A report on a shop of many orders reads each table a few times, however many rows there are."""

from datetime import UTC, datetime

import pytest
from psycopg import Connection

from db.campaigns.campaign_results import Period
from db.engine.connections import create_engine
from operations.results.report import load_report
from tests.bench.campaign_stats import Shop, load
from tests.fixtures.postgres import connect
from tests.fixtures.shop import eventually
from tests.operations.results.conftest import WINDOW

SHOP = Shop(customers=2_000, orders=8_000, messages=4_000, message_events=3_000)
READS = """
    SELECT relname, coalesce(seq_tup_read, 0) AS scanned, coalesce(idx_scan, 0) AS lookups FROM pg_stat_user_tables
    WHERE schemaname = current_schema()
"""


FEW = 100
"""Lookups in an index that are fine: one per campaign and step. Row by row, there would be thousands."""


@pytest.fixture(params=["not analysed", "analysed"])
def bulk_loaded(database_url: str, clean_database: None, request: pytest.FixtureRequest) -> None:
    """A year of a shop, before and after autovacuum has come by: the planner chooses other plans."""
    load(database_url, SHOP)
    if request.param == "analysed":
        with connect(database_url) as connection:
            connection.execute("ANALYZE")


def reads(connection: Connection) -> dict[str, tuple[int, int]]:
    """By table: rows read in scans, and lookups in an index."""
    connection.execute("SELECT pg_stat_clear_snapshot()")
    return {name: (scanned, lookups) for name, scanned, lookups in connection.execute(READS.encode())}


@pytest.mark.usefixtures("bulk_loaded")
async def test_no_table_is_searched_row_by_row(database_url: str) -> None:
    with connect(database_url) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        before = reads(connection)
        engine = create_engine(database_url)
        reports = await load_report(engine, WINDOW, Period(), datetime(2027, 1, 1, tzinfo=UTC))
        # A server process reports what it read when it ends.
        await engine.dispose()

        async def read_now() -> dict[str, tuple[int, int]]:
            return reads(connection)

        after = await eventually(read_now, lambda now: now["message_events"] != before["message_events"])
        scanned = {name: after[name][0] - before[name][0] for name in after}
        lookups = {name: after[name][1] - before[name][1] for name in after}

    assert (scanned["event_inbox"], lookups["event_inbox"]) == (0, 0)
    assert scanned["orders"] <= 3 * SHOP.orders
    assert scanned["communications_log"] <= 8 * SHOP.messages
    assert scanned["message_events"] <= 4 * SHOP.message_events
    large = ("orders", "communications_log", "message_events", "customer_profiles")
    assert {name: count for name, count in lookups.items() if name in large and count > FEW} == {}
    assert sum(report.results.sent for report in reports) > SHOP.messages / 2
    assert sum(report.results.orders for report in reports) > 0
    assert reports[0].holdout is not None
