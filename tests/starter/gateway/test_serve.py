"""`retention gateway`: one process or several, started, asked and stopped."""

import json
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from db.installation.fingerprint import check_identity_key
from settings import Settings
from tests.starter.gateway.bodies import visit
from tests.starter.gateway.program import PATIENCE, Gateways, Launch
from tests.starter.gateway.test_metrics import samples


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_serves_until_sigterm(gateway: Gateways, workers: str) -> None:
    with gateway("--workers", workers) as running:
        assert running.ask("POST", "/v1/events", json=visit()).status_code == 202
        assert running.stop() == 0
        log = running.log.read_text()
    assert '"route": "/v1/events", "status": 202' in log
    assert "ada" not in log
    assert "Traceback" not in log


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_signal_right_after_the_start_ends_it(gateway: Gateways, workers: str) -> None:
    with gateway("--workers", workers) as running:
        assert running.stop() == 0


def test_an_open_request_is_finished(gateway: Gateways) -> None:
    body = json.dumps(visit()).encode()
    with gateway() as running, socket.create_connection(("127.0.0.1", running.port), PATIENCE) as connection:
        connection.sendall(running.head(f"Content-Length: {len(body)}", "Expect: 100-continue"))
        # That it asks for the body shows that the request is under way.
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        running.process.send_signal(signal.SIGTERM)
        running.until_nobody_listens()
        # Longer than the moment that the server needs to begin to stop.
        time.sleep(0.5)
        connection.sendall(body)
        assert connection.recv(1000).startswith(b"HTTP/1.1 202 ")
        assert running.process.wait(PATIENCE) == 0


def test_a_body_without_length_and_end_is_cut_at_the_limit(gateway: Gateways) -> None:
    chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    with gateway() as running, socket.create_connection(("127.0.0.1", running.port), PATIENCE) as connection:
        connection.sendall(running.head("Transfer-Encoding: chunked"))
        # The gateway answers and cuts the connection before it has read all of this.
        with suppress(ConnectionResetError, BrokenPipeError):
            for _ in range(40):
                connection.sendall(chunk)
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_several_processes_report_the_sum_of_their_metrics(gateway: Gateways) -> None:
    with gateway("--workers", "2") as running:
        for number in range(12):
            assert running.ask("POST", "/v1/events", json=visit(str(number))).status_code == 202
        answers = [samples(running.ask("GET", "/metrics").text) for _ in range(4)]
        assert running.stop() == 0
    counted = [found["retention_gateway_requests_total", "/v1/events", "202", "POST"] for found in answers]
    assert counted == [12] * 4
    assert {found["retention_gateway_events_total", "accepted", "http"] for found in answers} == {12}


def test_processes_end_with_the_one_that_started_them(gateway: Gateways) -> None:
    with gateway("--workers", "2") as running:
        assert running.ask("GET", "/healthz").status_code == 200
        running.process.kill()
        running.until_nobody_listens()


def test_a_port_that_is_taken_is_named(launch: Launch, tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        launch(GATEWAY_PORT=str(other.getsockname()[1])) as process,
    ):
        assert process.wait(PATIENCE) == 1
    assert_one_line(tmp_path, "GATEWAY_PORT: port ")


def test_an_address_of_another_machine_is_named(launch: Launch, tmp_path: Path) -> None:
    with launch(GATEWAY_HOST="192.0.2.1") as process:
        assert process.wait(PATIENCE) == 1
    assert_one_line(tmp_path, "GATEWAY_HOST")


@pytest.mark.parametrize("missing", ["DATABASE_URL", "IDENTITY_KEY"])
def test_missing_settings_are_named(launch: Launch, tmp_path: Path, missing: str) -> None:
    with launch(**{missing: ""}) as process:
        assert process.wait(PATIENCE) == 2
    assert_one_line(tmp_path, "DATABASE_URL and IDENTITY_KEY: the gateway requires both")


async def test_another_identity_key_is_refused(
    launch: Launch, engine: AsyncEngine, settings: Settings, tmp_path: Path
) -> None:
    await check_identity_key(engine, "f" * 64)
    with launch() as process:
        assert process.wait(PATIENCE) == 1
    assert_one_line(tmp_path, "the identity key differs")


def assert_one_line(directory: Path, beginning: str) -> None:
    """The program said one line."""
    log = (directory / "gateway.log").read_text()
    assert log.startswith(beginning)
    assert log.count("\n") == 1
