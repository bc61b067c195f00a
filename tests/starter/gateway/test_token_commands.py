"""`retention token`: made, listed, taken back; printed once."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from operations.access.tokens import read_token
from settings import Settings
from starter.commands import run
from tests.fixtures.stack import Answer
from tests.starter.gateway.bodies import visit
from tests.starter.gateway.program import Gateways

Command = Callable[..., Answer]


@pytest.fixture
def command(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> Command:
    """`command("list")`: `retention token list` on the gateway's database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)

    def ask(*arguments: str) -> Answer:
        capfdbinary.readouterr()
        status = run(["token", *arguments])
        printed = capfdbinary.readouterr()
        return Answer(status, printed.out.decode(), printed.err.decode())

    return ask


def test_a_token_is_printed_once_and_never_again(command: Command) -> None:
    made = command("create", "--scope", "events", "--scope", "customers")
    token = read_token(made.output.strip())
    assert token is not None
    listed = command("list", "--json")
    (shown,) = listed.json
    assert (shown["key_id"], shown["scopes"], shown["revoked_at"]) == (token.key_id, ["customers", "events"], None)
    assert token.key_id in command("list").output
    for output in (listed.output, command("list").output):
        assert token.secret not in output
        assert token.secret_hash not in output


def test_without_a_scope_it_may_send_events_only(command: Command) -> None:
    assert command("create", "--json").json["scopes"] == ["events"]


def test_a_revoked_one_stays_in_the_list(command: Command) -> None:
    key_id = command("create", "--json").json["key_id"]
    assert command("revoke", key_id).status == 0
    assert [shown["revoked_at"] is None for shown in command("list", "--json").json] == [False]


def test_wrong_use_is_one_line(command: Command) -> None:
    unknown = command("revoke", "nobody")
    assert (unknown.status, unknown.error.count("\n")) == (1, 1)
    assert command("create", "--scope", "everything").status == 2


def test_what_it_prints_is_what_the_gateway_wants(command: Command, gateway: Gateways) -> None:
    text = command("create").output.strip()
    with gateway() as running:
        answers = [
            httpx2.post(f"{running.address}/v1/events", json=visit(), headers={"Authorization": f"Bearer {given}"})
            for given in (text, text[:-1])
        ]
    assert [answer.status_code for answer in answers] == [202, 401]
