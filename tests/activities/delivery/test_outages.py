"""PostgreSQL goes away at the worst moment; a send takes long."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.content.renderer import Renderer
from activities.content.written import TemplatesOnly
from activities.delivery import Delivery, DeliveryRequest, heartbeats
from activities.delivery.composition import Composition
from activities.delivery.providers.file_outbox import FileOutbox
from activities.delivery.recipient import Recipients
from db.engine.connections import create_engine
from lifecycle.gate import SendingRules
from lifecycle.messages import MessageStatus
from localstack.servers.mail_server import Received
from tests.activities.delivery.conftest import KEY, NOW, SHOP, PostOffice
from tests.fixtures.postgres import connect


@pytest.fixture
async def lone_connection(post: PostOffice) -> AsyncIterator[AsyncEngine]:
    """An engine of one connection, which the post office now uses."""
    engine = create_engine(post.engine.url.render_as_string(hide_password=False), pool_size=1)
    post.engine = engine
    yield engine
    await engine.dispose()


async def test_a_message_is_marked_although_the_connection_was_lost(
    post: PostOffice, lone_connection: AsyncEngine, database_url: str
) -> None:
    await post.plant()
    [backend] = await post.rows("SELECT pg_backend_pid() AS pid")

    def cut() -> None:
        with connect(database_url) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", [backend["pid"]])

    async def take(_message: Received, keep: Callable[[], Path]) -> str:
        keep()
        await asyncio.to_thread(cut)
        return "250 OK"

    post.mail.behaviour = take

    assert (await post.deliver()).status == MessageStatus.SENT

    assert (await post.row())["status"] == "SENT"
    assert len(post.received()) == 1


async def test_no_database_is_tried_again_and_tells_nothing(post: PostOffice, tmp_path: Path) -> None:
    engine = create_engine("postgresql://worker:secret@127.0.0.1:1/nowhere")
    delivery = Delivery(
        engine,
        Composition(engine, Renderer(SHOP), TemplatesOnly()),
        post.email,
        FileOutbox(tmp_path),
        rules=SendingRules(),
        recipients=Recipients(),
        send_timeout=timedelta(seconds=1),
    )

    with pytest.raises(ApplicationError) as caught:
        await ActivityEnvironment().run(delivery.deliver, DeliveryRequest(KEY, NOW))

    assert str(caught.value) == "PostgreSQL: OperationalError"
    assert not caught.value.non_retryable
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("slow", [False, True])
async def test_only_a_slow_send_beats(post: PostOffice, monkeypatch: pytest.MonkeyPatch, slow: bool) -> None:
    beaten = asyncio.Event()
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *_: beaten.set()

    async def wait_for_a_beat(_message: Received, keep: Callable[[], Path]) -> str:
        if slow:
            await beaten.wait()
        keep()
        return "250 OK"

    if slow:
        monkeypatch.setattr(heartbeats, "QUIET_SECONDS", 0.05)
    post.mail.behaviour = wait_for_a_beat
    await post.plant()

    outcome = await environment.run(post.delivery().deliver, DeliveryRequest(KEY, NOW))

    assert outcome.status == MessageStatus.SENT
    assert beaten.is_set() is slow
