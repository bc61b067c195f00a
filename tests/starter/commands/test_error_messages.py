"""Errors as one line for the terminal, and as an exit status."""

import pytest
import yaml
from sqlalchemy.exc import OperationalError
from temporalio.service import RPCError, RPCStatusCode

from operations.access.errors import InvalidInput, NotAllowed, NotFound, OperationError, TemporalUnavailable
from operations.campaigns.selection import UnknownCampaign
from settings import SettingsError
from starter.commands.error_messages import error_message, exit_status
from starter.commands.errors import CommandError, UsageError


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (InvalidInput("must be a number", field="recipient"), 2, "--to: must be a number"),
        (InvalidInput("has steps 1 to 2", field="step"), 2, "--step: has steps 1 to 2"),
        (InvalidInput("must be text", field="elsewhere"), 2, "elsewhere: must be text"),
        (NotFound("there is no such text", field="key"), 1, "KEY: there is no such text"),
        (NotAllowed("it is being written"), 1, "it is being written"),
        (OperationError("not sent: rejected"), 1, "not sent: rejected"),
        (UnknownCampaign(["a", "b"]), 2, "no such campaign: a, b (`retention campaign list` shows all)"),
        (TemporalUnavailable(), 1, "Temporal does not answer: set TEMPORAL_ADDRESS, or start `retention dev`"),
        (CommandError("nothing was decided"), 1, "nothing was decided"),
        (UsageError("give one SLUG or more, or --all"), 2, "give one SLUG or more, or --all"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (yaml.YAMLError(), 2, "the file is not YAML"),
        (FileNotFoundError(2, "No such file or directory", "events.json"), 1, "events.json: No such file or directory"),
        (ZeroDivisionError(), 1, "failed with ZeroDivisionError (--debug shows where)"),
        (
            RPCError("secret", RPCStatusCode.UNAVAILABLE, b""),
            1,
            "Temporal does not answer: set TEMPORAL_ADDRESS, or start `retention dev`",
        ),
        (
            OperationalError("SELECT secret", {}, Exception("secret")),
            1,
            "PostgreSQL does not answer: check DATABASE_URL, or start `retention dev`",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_an_error_is_one_line_and_a_status(error: BaseException, status: int, message: str) -> None:
    assert (exit_status(error), error_message(error)) == (status, message)


def test_addresses_are_masked() -> None:
    assert error_message(CommandError("no customer ada@example.com")) == "no customer …@…"


def test_only_several_mistakes_have_several_lines() -> None:
    assert error_message(SettingsError("A: is missing\nB: is missing")) == "A: is missing\nB: is missing"
    assert error_message(CommandError("one\n  two")) == "one two"
