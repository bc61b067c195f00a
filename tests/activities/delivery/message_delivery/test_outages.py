"""Outages of PostgreSQL during a send, and heartbeats of a slow one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.delivery import DeliveryRequest
from db.engine.connections import create_engine
from lifecycle.messages import MessageStatus
from localstack.servers.mail_server import ReceivedMail
from tests.activities.delivery.conftest import KEY, NOW, PostOffice
from tests.fixtures.postgres import connect


@pytest.fixture
async def lone_connection(post: PostOffice) -> AsyncIterator[AsyncEngine]:
    """An engine of one connection, which the post office now uses."""
    engine = create_engine(post.engine.url.render_as_string(hide_password=False), pool_size=1)
    post.engine = engine
    yield engine
    await engine.dispose()


async def test_a_sent_message_is_marked_after_a_lost_connection(
    post: PostOffice, lone_connection: AsyncEngine, database_url: str
) -> None:
    await post.plan()
    [backend] = await post.rows("SELECT pg_backend_pid() AS pid")

    def cut() -> None:
        with connect(database_url) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", [backend["pid"]])

    async def take(_message: ReceivedMail, keep: Callable[[], Path]) -> str:
        keep()
        await asyncio.to_thread(cut)
        return "250 OK"

    post.mail.behaviour = take

    assert (await post.deliver()).status == MessageStatus.SENT

    assert (await post.row())["status"] == "SENT"
    assert len(post.received()) == 1


async def test_a_database_error_is_retryable_and_reveals_nothing(post: PostOffice) -> None:
    engine = create_engine("postgresql://worker:secret@127.0.0.1:1/nowhere")
    post.engine = engine

    with pytest.raises(ApplicationError) as caught:
        await post.deliver()

    assert str(caught.value) == "PostgreSQL: OperationalError"
    assert not caught.value.non_retryable
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("slow", [False, True])
async def test_only_a_slow_send_heartbeats(post: PostOffice, slow: bool) -> None:
    beat = asyncio.Event()
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *_: beat.set()

    async def wait_for_heartbeat(_message: ReceivedMail, keep: Callable[[], Path]) -> str:
        if slow:
            await beat.wait()
        keep()
        return "250 OK"

    if slow:
        post.heartbeat_seconds = 0.05
    post.mail.behaviour = wait_for_heartbeat
    await post.plan()

    outcome = await environment.run(post.delivery().deliver, DeliveryRequest(KEY, NOW))

    assert outcome.status == MessageStatus.SENT
    assert beat.is_set() is slow
