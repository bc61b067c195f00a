"""What all commands have in common: help with an example, exit status, errors of one line without a traceback."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from starter.commands import app
from tests.starter.commands.conftest import Command

IDENTITY = "an identity key for tests"


def all_commands(group: TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    """Every command below a group, with the words that lead to it."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from all_commands(command, (*path, name))
        elif isinstance(command, TyperCommand):
            yield (*path, name), command


def root() -> TyperGroup:
    """The whole command line."""
    found = get_command(app)
    assert isinstance(found, TyperGroup)
    return found


COMMANDS = dict(all_commands(root()))


def test_the_commands_of_the_contract_are_there() -> None:
    assert {" ".join(path) for path in COMMANDS} >= {
        *("demo", "dev", "doctor", "worker", "gateway", "db upgrade", "event send", "churn-check run"),
        *(f"customer {name}" for name in ("show", "explain", "timeline", "open", "id", "fast-forward")),
        *(f"customer {name}" for name in ("erase", "export")),
        *(f"inbox {name}" for name in ("list", "replay", "discard")),
        *(f"import {name}" for name in ("orders", "customers", "suppressions")),
        *(f"token {name}" for name in ("create", "list", "revoke")),
        *(f"coupon {name}" for name in ("import", "list")),
        *(f"campaign {name}" for name in ("list", "apply", "start", "pause", "preview", "test-send", "stats")),
        *(f"content {name}" for name in ("list", "show", "approve", "reject")),
        *(f"sending {name}" for name in ("stop", "start", "status")),
    }


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_an_example_of_its_own(path: tuple[str, ...], alone: Command) -> None:
    answer = alone(*path, "--help")
    assert answer.status == 0
    assert f"Example: retention {' '.join(path)}" in " ".join(answer.output.split())
    assert answer.error == ""


def test_groups_show_their_commands_and_are_wrong_use_alone(alone: Command) -> None:
    for group in ("", "customer", "campaign", "content", "coupon", "sending", "inbox", "import", "token"):
        answer = alone(*group.split())
        assert answer.status == 2
        assert "Commands" in answer.output + answer.error


def test_the_list_of_a_group_names_every_command_in_it(alone: Command) -> None:
    for path in ((), ("campaign",), ("customer",)):
        listed = alone(*path, "--help").output.partition("Commands")[2]
        for name in {words[len(path)] for words in COMMANDS if words[: len(path)] == path}:
            assert re.search(rf"^│ {name} ", listed, re.MULTILINE), name


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (["customer", "shw"], 2, "No such command 'shw'. Did you mean 'show'?"),
        (["customer", "show"], 2, "Missing argument 'EMAIL|ID'."),
        (["customer", "show", "--loud", "x"], 2, "No such option: --loud"),
        (["customer", "show", "nobody"], 2, "customer: must be an e-mail address or a customer id"),
        (["customer", "fast-forward", "x", "soon"], 2, "DURATION: must be days, hours and minutes"),
        (["customer", "fast-forward", "x", "0d"], 2, "DURATION: must be more than nothing"),
        (["customer", "fast-forward", "x", "99999999999999999d"], 2, "DURATION: must be more than nothing and at most"),
        (["campaign", "start"], 2, "give one SLUG or more, or --all"),
        (["campaign", "pause", "win-back", "--all"], 2, "give one SLUG or more, or --all"),
        (["campaign", "apply", "nowhere.yaml"], 2, "FILE: nowhere.yaml is not a file"),
        (["campaign", "test-send", "win-back", "--to", "me at home"], 2, "--to: is not a valid e-mail address"),
        (["churn-check", "run", "--as-of", "yesterday"], 2, "--as-of: must be a date or a time"),
        (["dev", "--workers", "many"], 2, "Invalid value for '--workers'"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(arguments: list[str], status: int, line: str, alone: Command) -> None:
    answer = alone(*arguments)
    assert (answer.status, answer.output) == (status, "")
    assert answer.error.startswith(line)
    assert answer.error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "variables", "line"),
    [
        (["campaign", "list"], {}, "DATABASE_URL is not set: set it, or start `retention dev`"),
        (["db", "upgrade"], {}, "DATABASE_ADMIN_URL and DATABASE_URL are not set: set one, or start `retention dev`"),
        (["customer", "id", "ada@example.com"], {}, "IDENTITY_KEY is not set: set it, or start `retention dev`"),
        (
            ["customer", "timeline", "ada@example.com"],
            {"IDENTITY_KEY": IDENTITY, "DATABASE_URL": "postgresql://worker:hunter2@127.0.0.1:1/retention"},
            "PostgreSQL does not answer: check DATABASE_URL, or start `retention dev`",
        ),
        (
            ["event", "send", "--type", "VISITED", "--email", "ada@example.com"],
            {"IDENTITY_KEY": IDENTITY},
            "Temporal does not answer: set TEMPORAL_ADDRESS, or start `retention dev`",
        ),
    ],
)
def test_what_is_not_there_is_one_line_with_the_setting_and_status_1(
    arguments: list[str], variables: dict[str, str], line: str, alone: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    answer = alone(*arguments)
    assert (answer.status, answer.output, answer.error) == (1, "", f"{line}\n")


def test_a_bad_setting_is_named_without_its_value(alone: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_KEY", "hunter2")
    answer = alone("campaign", "list")
    assert (answer.status, answer.error) == (2, "IDENTITY_KEY: must have at least 16 characters\n")


def test_debug_may_stand_anywhere_and_shows_the_traceback(alone: Command) -> None:
    for arguments in (("--debug", "campaign", "list"), ("campaign", "list", "--debug")):
        answer = alone(*arguments)
        assert answer.status == 1
        assert answer.error.startswith("Traceback")
        assert answer.error.splitlines()[-1].startswith("DATABASE_URL is not set")


def test_no_address_stands_in_an_error(alone: Command) -> None:
    answer = alone("event", "send", "ada.lovelace@example.com")
    assert answer.status == 2
    assert "…@…" in answer.error
    assert "ada" not in answer.error


def test_the_id_needs_no_server_and_tells_nothing(alone: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_KEY", IDENTITY)
    first = alone("customer", "id", "Ada@Example.com ").output
    assert first == alone("customer", "id", "ada@example.com").output
    assert first.startswith("customer/")
    assert "ada" not in first.lower()
    known = alone("customer", "id", first.strip(), "--json").json
    assert known == {"customer_id": first.strip().removeprefix("customer/"), "workflow_id": first.strip()}


def test_a_campaign_file_gets_a_line_for_each_mistake(alone: Command, tmp_path: Path) -> None:
    file = tmp_path / "campaigns.yaml"
    file.write_text("campaigns: [{slug: A B, name: x}")
    assert alone("campaign", "apply", file).error.startswith("the file is not YAML: line 1")
    file.write_text(
        "campaigns:\n"
        "  - {slug: typo, name: Typo, trigger_event: ORDER_PAID, channel: EMAIL, purpose: marketing, subject: Hello,\n"
        '     body: "<p>{{ ordr.total }}</p>"}\n'
        "  - {slug: loop, name: Loop, trigger_event: ORDER_PAID, channel: EMAIL, purpose: marketing, subject: Hello,\n"
        '     body: "{{ lipsum() }}"}\n'
    )
    answer = alone("campaign", "apply", file)
    assert answer.status == 2
    assert ["typo" in line for line in answer.error.splitlines()] == [True, False]
