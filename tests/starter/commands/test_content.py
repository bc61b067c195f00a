"""`retention content`: texts are listed, read, approved and rejected."""

from collections.abc import Iterator

import pytest

from localstack.stack.stack import Stack
from tests.fixtures.postgres import connect
from tests.operations.messages.texts import ALIKE, APPROVED, BODY, FAILED, PENDING, write_texts
from tests.starter.commands.conftest import Command


@pytest.fixture
def texts(stack: Stack) -> Iterator[None]:
    """Four texts, beside those of other tests."""
    assert stack.settings.database_url
    with connect(stack.settings.database_url) as connection:
        write_texts(connection)
        yield
        connection.execute("DELETE FROM written_contents WHERE slug LIKE 'content-%'")


def statuses(quick: Command, *options: str) -> dict[str, str]:
    """Texts of this file by key."""
    rows = quick("content", "list", "--json", *options).json
    return {row["content_key"]: row["status"] for row in rows if row["slug"].startswith("content-")}


def test_texts_are_listed_by_status_and_campaign(quick: Command, texts: None) -> None:
    assert len(statuses(quick)) == 4
    assert set(statuses(quick, "--status", "pending,failed")) == {PENDING, ALIKE, FAILED}
    assert set(statuses(quick, "--status", "PENDING", "--campaign", "content-guide")) == {PENDING}
    shown = quick("content", "list", "--campaign", "content-guide").output
    for part in ("abcdef010000", "PENDING", "Skillet", "a-model", "200", "0.000880", "it holds a price"):
        assert part in shown
    assert quick("content", "list", "--campaign", "content-nothing").output == "no such texts\n"


def test_one_text_is_shown_with_what_it_was_written_from(quick: Command, texts: None) -> None:
    shown = quick("content", "show", "ABCDEF01").output
    for part in (PENDING, "Write a guide.", "120 read, 80 written", "0.000880", "Wash [it] by hand.", "- Oil it."):
        assert part in shown
    row = quick("content", "show", "abcdef01", "--json").json
    assert (row["body"], row["input_tokens"], row["cost"]) == (BODY, 120, "0.000880")
    assert "fence" not in row


def test_texts_are_approved_and_rejected_one_by_one(quick: Command, texts: None) -> None:
    approved = quick("content", "approve", "abcdef01")
    assert approved.output.startswith(
        "abcdef010000 is APPROVED: Skillet, en-US\nmessages that wait for it look for it again"
    )
    assert quick("content", "reject", "111111", "--json").json == [{"content_key": APPROVED, "status": "REJECTED"}]
    assert statuses(quick) == {PENDING: "APPROVED", ALIKE: "PENDING", APPROVED: "REJECTED", FAILED: "FAILED"}
    assert quick("content", "show", "abcdef01", "--json").json["decided_at"]


def test_approving_all_that_wait_needs_a_confirmation(quick: Command, texts: None) -> None:
    refused = quick("content", "approve", "--all-pending", "--campaign", "content-other")
    assert (refused.status, refused.error) == (2, "--yes: is required when standard input is not a terminal\n")
    quick("content", "approve", "--all-pending", "--campaign", "content-other", "--yes")
    assert statuses(quick) == {PENDING: "PENDING", ALIKE: "APPROVED", APPROVED: "APPROVED", FAILED: "FAILED"}


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (["show", "abcdef"], 1, "KEY: several texts begin like this: give more characters"),
        (["show", "fedcba"], 1, "KEY: there is no such text; `retention content list` shows their keys"),
        (["reject", "abc"], 2, "KEY: must be the first 6 or more characters"),
        (["approve", "222222"], 1, "KEY: 222222222222 is FAILED: there is no text to decide on"),
        (["approve"], 2, "give one KEY or more, or --all-pending"),
        (["approve", "abcdef01", "--campaign", "content-guide"], 2, "--campaign: goes with --all-pending"),
        (["list", "--status", "READ"], 2, "--status: must be some of WRITING, FAILED, PENDING"),
    ],
)
def test_errors_are_one_line(quick: Command, texts: None, arguments: list[str], status: int, line: str) -> None:
    answer = quick("content", *arguments)
    assert (answer.status, answer.output) == (status, "")
    assert answer.error.startswith(line)
