"""PostgreSQL and the inbox."""

from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from operations.readiness.database import DatabaseContent, check_database, read_database
from operations.readiness.finding import Finding, Light
from tests.fixtures.postgres import connect
from tests.fixtures.shop import Shop
from tests.operations.readiness.conftest import real_shop

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)


async def test_the_database_of_another_key_is_red(shop: Shop, clean_database: None) -> None:
    assert isinstance(await read_database(shop.settings, NOW), DatabaseContent)
    other = shop.settings.model_copy(update={"identity_key": SecretStr("another key of another shop")})
    found = await read_database(other, NOW)
    assert isinstance(found, Finding)
    assert (found.light, found.saw) == (Light.RED, "belongs to another IDENTITY_KEY")


async def test_a_database_of_an_earlier_release_is_red(shop: Shop, database_url: str) -> None:
    newest, earlier = "SELECT version_num FROM alembic_version", "UPDATE alembic_version SET version_num = %s"
    with connect(database_url) as connection:
        version = connection.execute(newest).fetchone()
        connection.execute(earlier, ("0002_front_door",))
        try:
            found = await read_database(shop.settings, NOW)
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
    found = check_database(DatabaseContent((), (), (), waiting), real_shop(inbox_limit=5000))
    assert found[1].light is light
