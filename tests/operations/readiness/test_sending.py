"""What prevents messages to all or most customers."""

from datetime import UTC, datetime

from db.messages import sending_stops
from db.messages.sending_stops import Stop
from operations.readiness.database import DatabaseContent, read_database
from operations.readiness.finding import Finding, Light
from operations.readiness.scope import ReadinessScope
from operations.readiness.sending import check_recipients, check_stops
from tests.fixtures.shop import Shop
from tests.operations.readiness.conftest import real_shop


def light(findings: list[Finding], name: str) -> Light:
    """The light of one."""
    return next(found.light for found in findings if found.name == name)


def test_who_gets_messages() -> None:
    assert {found.light for found in check_recipients(real_shop())} == {Light.GREEN}
    assert light(check_recipients(real_shop(dry_run=True)), "dry run") is Light.AMBER
    limited = check_recipients(real_shop(recipient_allow_list=("ada@ironworks.io", "*@ironworks.io")))
    assert light(limited, "allow-list") is Light.AMBER
    assert "@" not in " ".join(f"{found.saw} {found.to_do}" for found in limited)


NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)


async def test_sending_that_was_stopped_is_red_with_the_reason(shop: Shop) -> None:
    await sending_stops.stop(shop.engine, "MARKETING", "wrong prices", NOW)
    found = await read_database(shop.settings, NOW)
    assert isinstance(found, DatabaseContent)
    finding = check_stops(found.stops, ReadinessScope())
    assert (finding.light, finding.saw) == (Light.RED, "marketing is stopped since 2026-11-22 10:15 UTC: wrong prices")
    transactional = ReadinessScope(marketing=False)
    assert check_stops(found.stops, transactional).light is Light.GREEN
    assert check_stops([Stop("ALL", None, NOW)], transactional).light is Light.RED
    assert check_stops([], ReadinessScope()).light is Light.GREEN
