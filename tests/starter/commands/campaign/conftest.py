"""`retention campaign stats` on a log of messages and orders that a test writes."""

from pathlib import Path

import pytest

from tests.fixtures.stack import Answer
from tests.operations.results.conftest import Log, log
from tests.starter.commands.conftest import Command

__all__ = ["log"]


@pytest.fixture
def stats(log: Log, database_url: str, alone: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`stats("care", "--json")` on the log, for a shop in Berlin that counts in dollars."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SHOP_TIME_ZONE", "Europe/Berlin")

    def command(*arguments: str | Path) -> Answer:
        return alone("campaign", "stats", *arguments)

    return command
