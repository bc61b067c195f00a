"""Ports of the local stack."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from starter.stack.ports import HOST, PortTakenError, reserve_port

ELSEWHERE = """
import sys
from starter.stack.ports import reserve_port
port = reserve_port("TEMPORAL_PORT", None, int(sys.argv[1]))
print(port.number, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def base() -> int:
    """A port that was free a moment ago, with room above it."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return min(int(probe.getsockname()[1]), 60_000)


@pytest.fixture
def listener(base: int) -> Iterator[int]:
    with socket.create_server((HOST, base)):
        yield base


def test_a_port_in_use_is_passed_over(listener: int) -> None:
    assert reserve_port("TEMPORAL_PORT", None, listener).number > listener


def test_a_reserved_port_is_not_given_twice_although_nobody_listens_yet(base: int) -> None:
    first = reserve_port("TEMPORAL_PORT", None, base)
    second = reserve_port("TEMPORAL_PORT", None, base)
    assert first.number < second.number

    first.release()
    assert reserve_port("TEMPORAL_PORT", None, base).number == first.number


def test_two_stacks_that_start_at_once_take_different_ports(base: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ELSEWHERE, str(base)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        taken = int(other.stdout.readline())
        assert reserve_port("TEMPORAL_PORT", None, base).number > taken
        with pytest.raises(PortTakenError):
            reserve_port("TEMPORAL_PORT", taken, 7233)
        other.kill()
    assert reserve_port("TEMPORAL_PORT", taken, 7233).number == taken


def test_a_port_that_was_set_and_is_taken_is_an_error_that_names_the_setting(listener: int) -> None:
    with pytest.raises(PortTakenError, match=f"SMTP_PORT: port {listener} is taken"):
        reserve_port("SMTP_PORT", listener, 1025)


def test_a_port_that_was_just_closed_is_free(base: int) -> None:
    with socket.create_server((HOST, base)) as server, socket.create_connection((HOST, base)):
        server.accept()[0].close()  # leaves a connection in TIME_WAIT
    assert reserve_port("SMTP_PORT", base, 1025).number == base
