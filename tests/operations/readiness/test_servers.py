"""PostgreSQL, Temporal and what is stored there, of a shop that runs and of one that does not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from temporalio.client import Client

from db.messages import sending_stops
from db.messages.coupons import Pool
from db.messages.sending_stops import Stop
from lifecycle.campaign_file import CampaignRow
from lifecycle.campaigns import Purpose
from lifecycle.wording import Wording
from operations.readiness.coupons import check_coupons
from operations.readiness.database import Database, check_database, look_at_database
from operations.readiness.engine import Polled, check_engine, look_at_temporal
from operations.readiness.examination import examine
from operations.readiness.finding import Finding, Light, by_light
from operations.readiness.scope import Scope
from operations.readiness.sending import check_stops
from operations.readiness.templates import check_templates
from tests.fixtures.postgres import connect
from tests.fixtures.shop import Shop, eventually
from tests.operations.readiness.conftest import NameServer, real_shop

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
NOTHING = Database((), (), (), 0)


def row(body: str = "<p>Hello</p>", **given: Any) -> CampaignRow:
    """A step of a campaign."""
    wording = Wording(body, "Hello", None, None, {}, ())
    return CampaignRow("welcome", "Welcome", "CUSTOM:x", "EMAIL", Purpose.MARKETING, wording, **given)


@pytest.fixture
def here(temporal: Client, temporal_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that lead to Temporal."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal_address)


async def test_a_shop_that_runs_is_green_here(open_shop: Shop, here: None) -> None:
    async def looked() -> list[Finding]:
        return await examine(open_shop.settings, Scope(), datetime.now(UTC))

    findings = await eventually(looked, lambda found: not by_light(found, Light.RED))
    assert {found.light for found in findings} == {Light.GREEN}
    assert {"PostgreSQL", "inbox", "Temporal", "worker", "sending", "SPF", "e-mail provider"} <= {
        found.name for found in findings
    }


async def test_a_shop_without_a_worker_is_red(shop: Shop, here: None) -> None:
    found = check_engine(await look_at_temporal(shop.settings), shop.settings, NOW)
    assert [(one.name, one.light) for one in found] == [("Temporal", Light.GREEN), ("worker", Light.RED)]


def test_a_worker_that_polled_long_ago_is_gone() -> None:
    lately, long_ago = NOW - timedelta(seconds=70), NOW - timedelta(minutes=4)
    assert check_engine(Polled((long_ago, lately)), real_shop(), NOW)[1].light is Light.GREEN
    assert check_engine(Polled((long_ago,)), real_shop(), NOW)[1].light is Light.RED


async def test_servers_that_are_away_are_red_and_nothing_is_raised(
    name_server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    away = real_shop(
        database_url="postgresql://worker:hunter2@127.0.0.1:1/retention",
        email_url="smtps://user:hunter2@127.0.0.1:1",
        public_url="https://127.0.0.2:1",
    )
    findings = await examine(away, Scope(), NOW, name_server.resolver())
    red = {found.name for found in by_light(findings, Light.RED)}
    assert {"PostgreSQL", "Temporal", "e-mail provider", "public address", "SPF", "DMARC"} == red
    assert "hunter2" not in str(findings)


async def test_the_database_of_another_key_is_red(shop: Shop, clean_database: None) -> None:
    assert isinstance(await look_at_database(shop.settings, NOW), Database)
    other = shop.settings.model_copy(update={"identity_key": SecretStr("another key of another shop")})
    found = await look_at_database(other, NOW)
    assert isinstance(found, Finding)
    assert (found.light, found.saw) == (Light.RED, "belongs to another IDENTITY_KEY")


async def test_a_database_of_an_earlier_release_is_red(shop: Shop, database_url: str) -> None:
    newest, earlier = "SELECT version_num FROM alembic_version", "UPDATE alembic_version SET version_num = %s"
    with connect(database_url) as connection:
        version = connection.execute(newest).fetchone()
        connection.execute(earlier, ("0002_front_door",))
        try:
            found = await look_at_database(shop.settings, NOW)
        finally:
            connection.execute(earlier, version)
    assert isinstance(found, Finding)
    assert found.to_do == "run `retention db upgrade`"


def test_no_database_is_red() -> None:
    [found] = check_database(Finding("PostgreSQL", Light.RED, "away", "mend it"), real_shop())
    assert found.light is Light.RED


@pytest.mark.parametrize(
    ("waiting", "light"), [(0, Light.GREEN), (999, Light.GREEN), (1000, Light.AMBER), (5001, Light.RED)]
)
def test_the_inbox(waiting: int, light: Light) -> None:
    found = check_database(Database((), (), (), waiting), real_shop(inbox_limit=5000))
    assert found[1].light is light


async def test_sending_that_was_stopped_is_red_with_the_reason(shop: Shop) -> None:
    await sending_stops.stop(shop.engine, "MARKETING", "wrong prices", NOW)
    found = await look_at_database(shop.settings, NOW)
    assert isinstance(found, Database)
    told = check_stops(found.stops, Scope())
    assert (told.light, told.saw) == (Light.RED, "marketing is stopped since 2026-11-22 10:15: wrong prices")
    transactional = Scope(marketing=False)
    assert check_stops(found.stops, transactional).light is Light.GREEN
    assert check_stops([Stop("ALL", None, NOW)], transactional).light is Light.RED
    assert check_stops([], Scope()).light is Light.GREEN


@pytest.mark.parametrize(
    ("pool", "fallback", "light"),
    [
        (Pool("ten", 100, 0, 0, 0, ()), None, Light.GREEN),
        (Pool("ten", 100, 0, 1, 94, ()), None, Light.AMBER),
        (Pool("ten", 100, 50, 0, 50, ()), None, Light.RED),
        (Pool("ten", 100, 50, 0, 50, ()), "SAVE10", Light.AMBER),
        (Pool("ten", 0, 0, 0, 0, ("welcome",)), None, Light.RED),
        (Pool("other", 100, 0, 0, 0, ()), "SAVE10", Light.AMBER),
    ],
)
def test_the_pool_of_a_campaign(pool: Pool, fallback: str | None, light: Light) -> None:
    [found] = check_coupons([row(coupon_pool="ten", coupon_fallback=fallback)], [pool])
    assert found.light is light
    assert check_coupons([row()], [pool]) == []


def test_a_text_that_cannot_be_rendered_is_red() -> None:
    assert [found.light for found in check_templates([row()])] == [Light.GREEN]
    [found] = check_templates([row(), row("<p>{{ shop.nmae }}</p>")])
    assert (found.light, found.name) == (Light.RED, "texts")
