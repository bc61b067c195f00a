"""Commands run in this process, which saves each a second: alone, or on the running stack."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from localstack.stack.stack import Stack
from settings import Settings
from starter.commands import run
from tests.fixtures.stack import Answer

Command = Callable[..., Answer]


@pytest.fixture
def alone(in_process: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`alone("event", "send", …)` in an empty directory, where nothing runs and nothing is set."""
    for name in os.environ:
        if name.startswith("TEMPORAL_") or name.lower() in Settings.model_fields:
            monkeypatch.delenv(name)
    # Not the default port, where a developer's own server may listen.
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    return in_process


@pytest.fixture
def quick(in_process: Command, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`quick("customer", "show", …)` on the running stack, in an empty directory."""
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    return in_process


@pytest.fixture
def in_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """A command line in this process, with what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: str | Path) -> Answer:
        capfdbinary.readouterr()
        status = run([str(argument) for argument in arguments])
        printed = capfdbinary.readouterr()
        return Answer(status, printed.out.decode(), printed.err.decode())

    return command
