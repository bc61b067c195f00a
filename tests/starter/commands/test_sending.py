"""`retention sending`: one switch for marketing, and one for everything."""

from collections.abc import Iterator

import pytest

from tests.starter.commands.conftest import Command


@pytest.fixture
def switch(quick: Command) -> Iterator[Command]:
    """The command, on a stack that sends again afterwards."""
    yield quick
    quick("sending", "start")


def test_stop_status_and_start(switch: Command) -> None:
    assert switch("sending", "status").output.splitlines()[0] == "nothing is stopped"
    answer = switch("sending", "stop", "--reason", "wrong prices")
    assert (answer.status, answer.error) == (0, "")
    line = answer.output.splitlines()[0]
    assert line.startswith("marketing is stopped since 20")
    assert line.endswith(" UTC: wrong prices")
    assert "messages wait for their time or for a start" in answer.output
    assert switch("sending", "status").output == answer.output
    assert switch("sending", "start").output.splitlines()[0] == "nothing is stopped"
    assert switch("sending", "start").status == 0


def test_the_status_as_json(switch: Command) -> None:
    switch("sending", "stop", "--reason", "wrong prices")
    found = switch("sending", "stop", "--all", "--json").json
    assert [(stop["scope"], stop["reason"]) for stop in found["stops"]] == [
        ("ALL", None),
        ("MARKETING", "wrong prices"),
    ]
    assert set(found) == {"stops", "marketing_waiting", "transactional_waiting", "on_their_way"}
    assert switch("sending", "start", "--json").json["stops"] == []
