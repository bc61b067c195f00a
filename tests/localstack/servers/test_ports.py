"""Ports of the local stack."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from localstack.servers.ports import HOST, PortTakenError, reserve_port

ELSEWHERE = """
import sys
from localstack.servers.ports import reserve_port
port = reserve_port("TEMPORAL_PORT", None, int(sys.argv[1]))
print(port.number, flush=True)
sys.stdin.read()
"""

CHILD = """
import sys
from localstack.servers.ports import reserve_port
print(reserve_port("GATEWAY_PORT", int(sys.argv[1]), 8080).number)
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


def test_what_a_stack_holds_is_for_the_programs_that_it_starts_and_for_no_others(base: int) -> None:
    held = reserve_port("GATEWAY_PORT", None, base)
    child = [sys.executable, "-c", CHILD, str(held.number)]
    assert subprocess.run(child, check=True, capture_output=True, text=True).stdout.split() == [str(held.number)]
    # A grandchild has another parent.
    apart = [sys.executable, "-c", "import subprocess, sys; subprocess.run(sys.argv[1:])", *child]
    assert "is taken" in subprocess.run(apart, check=True, capture_output=True, text=True).stderr


def test_what_a_parent_held_and_gave_up_is_reserved_like_any_other(base: int) -> None:
    held = reserve_port("GATEWAY_PORT", None, base)
    held.release()
    child = [sys.executable, "-c", ELSEWHERE, str(held.number)]
    with subprocess.Popen(child, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert int(other.stdout.readline()) == held.number
        with pytest.raises(PortTakenError):
            reserve_port("GATEWAY_PORT", held.number, 8080)
        other.kill()
