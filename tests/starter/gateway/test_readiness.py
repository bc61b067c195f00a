"""`/healthz` and `/readyz`: alive is one thing, ready for events another."""

from collections.abc import Awaitable, Callable

import httpx2
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from db.engine.connections import create_engine
from db.schema.release import has_tables
from settings import Settings
from starter.gateway.backlog import Backlog
from starter.gateway.readiness import Readiness, ReadinessState
from tests.fixtures.postgres import connect, schema_url

FINGERPRINT = "f" * 64


async def away() -> Client:
    """Temporal does not answer."""
    raise RuntimeError("away")


def readiness_of(
    engine: AsyncEngine, temporal: Callable[[], Awaitable[Client]] = away, fingerprint: str = FINGERPRINT
) -> Readiness:
    """Readiness with an empty cache."""
    return Readiness(engine, fingerprint, Backlog(engine, 10), temporal)


async def test_a_gateway_without_temporal_is_ready_and_says_so(stranger: httpx2.AsyncClient) -> None:
    answer = await stranger.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "postgresql": "answers",
        "identity_key": "fits",
        "backlog": "0 events wait",
        "temporal": "away: events wait in the inbox",
    }
    assert (await stranger.get("/healthz")).json() == {"status": "alive"}


async def test_temporal_answers(clean_database: None, engine: AsyncEngine, temporal: Client) -> None:
    async def connected() -> Client:
        return temporal

    state = await readiness_of(engine, connected).check()
    assert (state.parts["temporal"], state.missing) == ("answers", ())


async def test_another_identity_key_is_not_ready(clean_database: None, engine: AsyncEngine) -> None:
    assert (await readiness_of(engine).check()).missing == ()
    assert (await readiness_of(engine, fingerprint="e" * 64).check()).missing == ("the identity key of this database",)


async def test_without_postgresql_it_is_not_ready() -> None:
    engine = create_engine("postgresql://x@127.0.0.1:1/x")
    state = await readiness_of(engine).check()
    assert (state.parts["postgresql"], state.missing) == ("does not answer", ("PostgreSQL",))


async def test_the_state_is_cached(clean_database: None, engine: AsyncEngine) -> None:
    checks = 0

    async def counted() -> Client:
        nonlocal checks
        checks += 1
        raise RuntimeError

    readiness = readiness_of(engine, counted)
    states: list[ReadinessState] = [await readiness.check() for _ in range(3)]
    assert (checks, states) == (1, [states[0]] * 3)


async def test_the_tables_have_to_be_those_of_this_release(settings: Settings, postgres_url: str) -> None:
    url = schema_url(postgres_url, "readiness")
    engine = create_engine(url)
    found = []
    with connect(url) as connection:
        found.append(await has_tables(engine))
        connection.execute("CREATE TABLE alembic_version (version_num text)")
        for version in (None, "0001_initial", "0005_campaigns", "9999_a_later_release"):
            connection.execute("DELETE FROM alembic_version")
            if version:
                connection.execute("INSERT INTO alembic_version VALUES (%s)", [version])
            found.append(await has_tables(engine))
        connection.execute("DROP SCHEMA readiness CASCADE")
    await engine.dispose()
    assert found == [False, False, False, True, True]
