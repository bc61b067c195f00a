"""The gateway of a stack: found, ready at once to be spoken to, killed and started again."""

import stat
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from db.schema.upgrade import upgrade
from localstack.stack.running_stacks import running_stack
from localstack.stack.stack import Stack, StackError, StackPrograms
from settings import Settings, split_secrets
from tests.fixtures.postgres import WORKER_PASSWORD, WORKER_ROLE, schema_url

VISIT = {
    "type": "VISITED",
    "event_id": "first visit",
    "customer_email": "ada@example.com",
    "occurred_at": "2026-11-22T10:15:00Z",
}


@pytest.fixture
def settings(clean_environment: None, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Temporal and the mail server are away: the gateway needs neither."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    return Settings(_env_file=None, email_url="smtp://mail.example")


async def test_it_is_announced_takes_events_and_starts_again_where_it_was(settings: Settings, tmp_path: Path) -> None:
    directory = tmp_path / "data"
    async with Stack(settings, directory=directory, workers=0) as stack:
        assert stack.settings.public_url == stack.gateway_url
        announced = running_stack(directory)
        assert announced
        assert announced["GATEWAY_PORT"] == stack.gateway_url.rpartition(":")[2]
        assert (announced["PUBLIC_URL"], announced["GATEWAY_TOKEN"]) == (stack.gateway_url, stack.token)
        assert await _sends(stack) == 202

        assert stack.gateway
        stack.gateway.kill()
        with pytest.raises(StackError, match="the gateway ended; see "):
            await stack.watch()
        await stack.start_gateway()
        assert await _sends(stack) == 202
        secrets, token = split_secrets(stack.settings.shopify_secrets), stack.token
        assert secrets
    assert not stack.gateway.running
    for name in ("gateway.token", "shopify.secret"):
        assert stat.S_IMODE((directory / name).stat().st_mode) == 0o600

    async with Stack(settings, directory=directory, workers=0) as again:
        assert (split_secrets(again.settings.shopify_secrets), again.token) == (secrets, token)
        assert await _sends(again) == 202


async def test_what_the_shop_has_set_stays(settings: Settings) -> None:
    set_by_the_shop = {"public_url": "https://events.shop.example", "shopify_secrets": SecretStr("theirs")}
    async with Stack(settings.model_copy(update=set_by_the_shop), workers=0) as stack:
        assert stack.settings.public_url == "https://events.shop.example"
        assert split_secrets(stack.settings.shopify_secrets) == ("theirs",)


async def test_a_database_of_ones_own_gets_no_token(settings: Settings, postgres_url: str) -> None:
    database_url = schema_url(postgres_url, "of_ones_own")
    upgrade(database_url, worker_role=WORKER_ROLE, worker_password=WORKER_PASSWORD)
    async with Stack(settings.model_copy(update={"database_url": database_url}), workers=0) as stack:
        assert (stack.token, stack.settings.shopify_secrets) == (None, None)
        assert stack.gateway
        assert stack.gateway.running


async def test_one_that_dies_is_an_error_with_its_log(settings: Settings) -> None:
    programs = StackPrograms(gateway=("-c", "raise SystemExit('GATEWAY_PORT: is taken')"))
    with pytest.raises(StackError, match="the gateway did not start: GATEWAY_PORT: is taken"):
        await Stack(settings, workers=0, programs=programs).start()


async def _sends(stack: Stack) -> int:
    async with httpx2.AsyncClient(trust_env=False) as http:
        headers = {"Authorization": f"Bearer {stack.token}"}
        return (await http.post(f"{stack.gateway_url}/v1/events", headers=headers, json=VISIT)).status_code
