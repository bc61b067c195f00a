"""The embedded Temporal server."""

import asyncio
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.testing import TimeSkipper

from localstack.servers.ports import reserve_port
from localstack.servers.temporal_server import TemporalServer, TemporalServerError, find_binary

PARENT = """
import asyncio, os, signal, sys
from pathlib import Path
from localstack.servers.temporal_server import TemporalServer
async def main():
    server = TemporalServer(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
    await server.start()
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    frontend, ui = reserve_port("TEMPORAL_PORT", None, 7233), reserve_port("TEMPORAL_UI_PORT", None, 8233)
    yield frontend.number, ui.number
    frontend.release()
    ui.release()


async def test_it_answers_knows_our_search_attributes_skips_time_and_survives_a_restart(
    ports: tuple[int, int], tmp_path: Path
) -> None:
    server = TemporalServer(*ports, tmp_path / "temporal.log", database=tmp_path / "temporal.db")
    search_attributes = TypedSearchAttributes(
        [
            SearchAttributePair(SearchAttributeKey.for_keyword("CustomerState"), "VIP"),
            SearchAttributePair(SearchAttributeKey.for_float("LifetimeSpend"), 512.5),
            SearchAttributePair(SearchAttributeKey.for_int("OrderCount"), 3),
            SearchAttributePair(SearchAttributeKey.for_datetime("LastOrderDate"), datetime(2026, 11, 22, tzinfo=UTC)),
        ]
    )
    async with server:
        client = TimeSkipper(await Client.connect(server.address)).client
        await client.start_workflow(
            "CustomerWorkflow", id="customer/1", task_queue="retention", search_attributes=search_attributes
        )
        skipper = TimeSkipper(client)
        info = await skipper.get_time_skipping_info(client.get_workflow_handle("customer/1"))
        assert info is not None
        page = await asyncio.to_thread(urllib.request.urlopen, server.ui_url)
        assert page.status == 200

    async with server:
        client = await Client.connect(server.address)
        kept = await client.get_workflow_handle("customer/1").describe()
        assert kept.typed_search_attributes == search_attributes


async def test_a_server_that_dies_is_an_error_with_the_end_of_its_log(ports: tuple[int, int], tmp_path: Path) -> None:
    server = TemporalServer(*ports, tmp_path / "temporal.log", extra_arguments=["--no-such-option"])
    with pytest.raises(TemporalServerError, match="unknown flag: --no-such-option"):
        await server.start()
    assert server.pid is None


async def test_it_ends_with_a_parent_that_was_killed(ports: tuple[int, int], tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", PARENT, *map(str, ports), str(tmp_path / "temporal.log")]
    parent = await asyncio.to_thread(subprocess.run, arguments, check=False)
    assert parent.returncode == -9
    await _until_nobody_listens(ports[0])


async def test_a_killed_server_comes_back_at_the_same_address(ports: tuple[int, int], tmp_path: Path) -> None:
    server = TemporalServer(*ports, tmp_path / "temporal.log")
    await server.start()
    await server.kill()
    async with server:
        client = await Client.connect(server.address)
        assert await client.service_client.check_health(timeout=timedelta(seconds=60))


def test_without_a_program_the_error_names_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TemporalServerError, match=r"TEMPORAL_BINARY.*TEMPORAL_ADDRESS"):
        find_binary()


async def _until_nobody_listens(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                return
            writer.close()
            await asyncio.sleep(0.1)
