"""The whole examination, of a shop that runs and of one whose servers are away."""

from datetime import UTC, datetime

import pytest
from temporalio.client import Client

from operations.readiness.examination import examine
from operations.readiness.finding import Finding, Light, by_light
from operations.readiness.scope import ReadinessScope
from tests.fixtures.shop import Shop, eventually
from tests.operations.readiness.conftest import NameServer, real_shop

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)


@pytest.fixture
def here(temporal: Client, temporal_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that lead to Temporal."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal_address)


async def test_a_shop_that_runs_is_green_here(open_shop: Shop, here: None) -> None:
    async def looked() -> list[Finding]:
        return await examine(open_shop.settings, ReadinessScope(), datetime.now(UTC))

    findings = await eventually(looked, lambda found: not by_light(found, Light.RED))
    assert {found.light for found in findings} == {Light.GREEN}
    assert {"PostgreSQL", "inbox", "Temporal", "worker", "sending", "SPF", "e-mail provider"} <= {
        found.name for found in findings
    }


async def test_servers_that_are_away_are_red_and_nothing_is_raised(
    name_server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    away = real_shop(
        database_url="postgresql://worker:hunter2@127.0.0.1:1/retention",
        email_url="smtps://user:hunter2@127.0.0.1:1",
        public_url="https://127.0.0.2:1",
    )
    findings = await examine(away, ReadinessScope(), NOW, name_server.resolver())
    red = {found.name for found in by_light(findings, Light.RED)}
    assert {"PostgreSQL", "Temporal", "e-mail provider", "public address", "SPF", "DMARC"} == red
    assert "hunter2" not in str(findings)
