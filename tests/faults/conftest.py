"""Servers and workers that a test may break, because no other test leans on them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from temporalio.client import Client

from db.engine.connections import create_engine
from localstack.servers.child_process import ChildProcess
from localstack.servers.mail_server import MailServer, accept
from localstack.servers.postgres import EmbeddedPostgres
from localstack.stack.stack import Stack
from settings import Settings
from tests.fixtures.postgres import connect
from tests.fixtures.shop import Shop
from workflows.connection import data_converter


@dataclass(frozen=True)
class Premises:
    """A shop with servers of its own, without campaigns, whose workers are programs. Use addresses of your own."""

    stack: Stack
    shop: Shop

    @property
    def postgres(self) -> EmbeddedPostgres:
        """The database server; after a restart the engine's connections are dead, as they would be in production."""
        assert self.stack.postgres is not None
        return self.stack.postgres

    @property
    def mail(self) -> MailServer:
        """The mail server."""
        assert self.stack.mail is not None
        return self.stack.mail

    @asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        """PostgreSQL is away: killed, and started again when the block ends."""
        self.postgres.kill()
        try:
            yield
        finally:
            self.postgres.start()
            await self.shop.engine.dispose()

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[ChildProcess]:
        """A worker that polls, until it is killed or the block ends."""
        program = await self.stack.start_worker()
        try:
            yield program
        finally:
            program.kill()


@pytest.fixture(scope="session")
async def all_premises(clean_environment: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Premises]:
    settings = Settings(_env_file=None, delivery_timeout_seconds=4, marketing_per_day=0, marketing_per_week=0)
    async with Stack(settings, directory=tmp_path_factory.mktemp("premises"), workers=0) as stack:
        assert stack.settings.database_url is not None
        assert stack.mail is not None
        engine = create_engine(stack.settings.database_url)
        client = await Client.connect(stack.temporal_address, data_converter=data_converter({}))
        yield Premises(stack, Shop(client, engine, stack.mail, stack.settings))
        await engine.dispose()


@pytest.fixture
def premises(all_premises: Premises) -> Premises:
    """Everything in order, as far as another test broke it, and without its campaigns and what it left to do."""
    all_premises.mail.behaviour = accept
    all_premises.postgres.start()
    assert all_premises.stack.settings.database_admin_url is not None
    with connect(all_premises.stack.settings.database_admin_url) as connection:
        connection.execute("DELETE FROM communications_log")
        connection.execute("DELETE FROM campaigns")
        connection.execute("DELETE FROM campaign_definitions")
        connection.execute("UPDATE event_inbox SET status = 'DISCARDED' WHERE status = 'RECEIVED'")
    return all_premises
