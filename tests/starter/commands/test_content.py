"""`retention content`: texts are listed, read, approved and rejected."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from localstack.stack.stack import Stack
from tests.fixtures.postgres import connect
from tests.starter.commands.conftest import Command

BODY = {
    "heading": "Looking after it",
    "paragraphs": ["Wash [it] by hand.", "Dry it."],
    "points": ["Oil it."],
}
PENDING, ALIKE, APPROVED, FAILED = "abcdef01" + "0" * 56, "abcdef02" + "0" * 56, "1" * 64, "2" * 64


@pytest.fixture
def texts(stack: Stack) -> Iterator[None]:
    """Four texts, in whatever other tests left."""
    assert stack.settings.database_url
    with connect(stack.settings.database_url) as connection:
        for key, status, slug, body in (
            (PENDING, "PENDING", "content-guide", BODY),
            (ALIKE, "PENDING", "content-other", BODY),
            (APPROVED, "APPROVED", "content-guide", BODY),
            (FAILED, "FAILED", "content-guide", None),
        ):
            _insert(connection, key, status, slug, body)
        yield
        connection.execute("DELETE FROM written_contents WHERE slug LIKE 'content-%'")


def _insert(connection: psycopg.Connection, key: str, status: str, slug: str, body: dict[str, Any] | None) -> None:
    connection.execute(
        """
        INSERT INTO written_contents (content_key, slug, sku, product_name, language, model, prompt, status, reason,
                                      body, input_tokens, output_tokens, cost)
        VALUES (%s, %s, 'SKILLET', 'Skillet', 'en-US', 'a-model', 'Write a guide.', %s, %s, %s, 120, 80, 0.00088)
        """,
        [key, slug, status, "it holds a price" if body is None else None, Jsonb(body) if body else None],
    )


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
    assert quick("content", "list", "--campaign", "content-nothing").output == "nothing here\n"


def test_one_text_is_shown_with_what_it_was_written_from(quick: Command, texts: None) -> None:
    shown = quick("content", "show", "ABCDEF01").output
    for part in (PENDING, "Write a guide.", "120 read, 80 written", "0.000880", "Wash [it] by hand.", "- Oil it."):
        assert part in shown
    row = quick("content", "show", "abcdef01", "--json").json
    assert (row["body"], row["input_tokens"], row["cost"]) == (BODY, 120, "0.000880")
    assert "fence" not in row


def test_texts_are_approved_and_rejected_one_by_one(quick: Command, texts: None) -> None:
    approved = quick("content", "approve", "abcdef01")
    assert approved.output.startswith("abcdef010000 is APPROVED: Skillet, en-US\nmessages that wait for it ask again")
    assert quick("content", "reject", "111111", "--json").json == [{"content_key": APPROVED, "status": "REJECTED"}]
    assert statuses(quick) == {PENDING: "APPROVED", ALIKE: "PENDING", APPROVED: "REJECTED", FAILED: "FAILED"}
    assert quick("content", "show", "abcdef01", "--json").json["decided_at"]


def test_all_that_wait_are_approved_with_a_word_for_it(quick: Command, texts: None) -> None:
    refused = quick("content", "approve", "--all-pending", "--campaign", "content-other")
    assert (refused.status, refused.error) == (2, "--yes: has to be given where nobody can be asked\n")
    quick("content", "approve", "--all-pending", "--campaign", "content-other", "--yes")
    assert statuses(quick) == {PENDING: "PENDING", ALIKE: "APPROVED", APPROVED: "APPROVED", FAILED: "FAILED"}


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (["show", "abcdef"], 1, "KEY: several texts begin so: give more of it"),
        (["show", "fedcba"], 1, "KEY: there is no such text"),
        (["show", "abc"], 2, "KEY: must be 6 or more of the characters"),
        (["reject", "abcdef%0"], 2, "KEY: must be 6 or more of the characters"),
        (["approve", "222222"], 1, "KEY: 222222222222 is FAILED: there is no text to decide on"),
        (["approve"], 2, "give one KEY or more, or --all-pending"),
        (["approve", "abcdef01", "--campaign", "content-guide"], 2, "--campaign: goes with --all-pending"),
        (["list", "--status", "READ"], 2, "--status: must be some of WRITING, FAILED, PENDING"),
    ],
)
def test_what_cannot_be_done_is_said(quick: Command, texts: None, arguments: list[str], status: int, line: str) -> None:
    answer = quick("content", *arguments)
    assert (answer.status, answer.output) == (status, "")
    assert answer.error.startswith(line)
