"""The whole local stack, as `retention dev` and the demo start it."""

import stat
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from localstack.stack.running_stacks import running_stack
from localstack.stack.stack import Stack, StackError, StackPrograms
from settings import Settings
from tests.fixtures.postgres import connect

WORKER = """
import asyncio, os
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker

@workflow.defn(sandboxed=False)
class Nothing:
    @workflow.run
    async def run(self) -> None: ...

async def main():
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
    await Worker(client, task_queue=os.environ["TASK_QUEUE"], workflows=[Nothing]).run()

asyncio.run(main())
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    for name in ("TEMPORAL_ADDRESS", *(field.upper() for field in Settings.model_fields)):
        monkeypatch.delenv(name, raising=False)
    return Settings(task_queue="elsewhere")


async def test_all_parts_run_keep_their_data_and_stop(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "worker.py").write_text(WORKER)
    programs = StackPrograms(worker=(tmp_path / "worker.py",))
    monkeypatch.setenv("TEMPORAL_API_KEY", "of another server")
    directory = tmp_path / "data"

    async with Stack(settings, directory=directory, workers=2, gateway=False, programs=programs) as stack:
        environment = stack.environment()
        assert "TEMPORAL_API_KEY" not in environment
        assert environment["TASK_QUEUE"] == "elsewhere"
        assert environment["TEMPORAL_ADDRESS"] == stack.temporal_address
        assert [worker.running for worker in stack.workers] == [True, True]
        handle = await (await stack.connect()).start_workflow("Nothing", id="nothing", task_queue="elsewhere")
        await handle.result()

        assert stack.settings.database_admin_url
        assert stack.settings.identity_key
        key = stack.settings.identity_key.get_secret_value()
        with connect(stack.settings.database_admin_url) as connection:
            connection.execute("CREATE TABLE kept ()")
        found = running_stack(directory)
        assert found
        assert found["IDENTITY_KEY"] == key
        assert found.items() <= environment.items()
        with pytest.raises(StackError, match="DATA_DIRECTORY: another stack is running"):
            await Stack(settings, directory=directory, workers=0).start()

    assert [worker.running for worker in stack.workers] == [False, False]
    assert running_stack(directory) is None
    assert stat.S_IMODE((directory / "identity.key").stat().st_mode) == 0o600

    async with Stack(settings, directory=directory, workers=0, gateway=False) as stack:
        assert stack.settings.identity_key
        assert stack.settings.identity_key.get_secret_value() == key
        assert stack.settings.database_admin_url
        with connect(stack.settings.database_admin_url) as connection:
            connection.execute("SELECT FROM kept")
        kept = await (await stack.connect()).get_workflow_handle("nothing").describe()
        assert kept.workflow_type == "Nothing"


async def test_without_a_directory_everything_works_and_nothing_stays(settings: Settings) -> None:
    async with Stack(settings, workers=0, gateway=False) as stack:
        program = stack.launch("print-url", sys.executable, "-c", "import os; print(os.environ['EMAIL_URL'])")
        assert program.wait() == 0
        assert stack.mail
        assert program.log.read_text().strip() == stack.mail.url
        assert stack.settings.database_url
        with connect(stack.settings.database_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine ()")
    assert not stack.directory.exists()


async def test_parts_of_ones_own_are_used_and_left_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.example:7233")
    monkeypatch.setenv("TEMPORAL_API_KEY", "a key")
    own = Settings(database_url=postgres_url, email_url="smtp://mail.example")
    async with Stack(own, workers=0, gateway=False) as stack:
        environment = stack.environment()
        assert (stack.postgres, stack.temporal, stack.mail) == (None, None, None)
    assert make_url(environment["DATABASE_URL"]) == make_url(postgres_url)
    assert environment["EMAIL_URL"] == "smtp://mail.example"
    assert environment["TEMPORAL_ADDRESS"] == stack.temporal_address == "temporal.example:7233"
    assert environment["TEMPORAL_API_KEY"] == "a key"


async def test_a_worker_that_dies_is_an_error_with_its_log_and_the_other_parts_stop(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "worker.py").write_text("raise SystemExit('IDENTITY_KEY: has changed')")
    programs = StackPrograms(worker=(tmp_path / "worker.py",))
    stack = Stack(settings, programs=programs)
    with pytest.raises(StackError, match="IDENTITY_KEY: has changed"):
        await stack.start()
    assert stack.postgres
    assert stack.temporal
    assert (stack.postgres.pid, stack.temporal.pid) == (None, None)
