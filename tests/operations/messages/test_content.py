"""Texts are listed, found by a prefix of their key, approved and rejected."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.access.errors import InvalidInput, NotAllowed, NotFound, OperationError
from operations.messages.content import (
    decide_contents,
    find_content,
    find_contents,
    list_contents,
    pending_contents,
    short_key,
)
from tests.fixtures.postgres import connect
from tests.operations.messages.texts import ALIKE, APPROVED, FAILED, PENDING, write_texts

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def texts(clean_database: None, database_url: str) -> None:
    """Four texts."""
    with connect(database_url) as connection:
        write_texts(connection)


async def statuses(engine: AsyncEngine) -> dict[str, str]:
    return {content.content_key: content.status for content in await list_contents(engine)}


async def test_texts_are_listed_by_status_and_campaign(engine: AsyncEngine) -> None:
    async def keys(**chosen: object) -> set[str]:
        return {content.content_key for content in await list_contents(engine, **chosen)}  # type: ignore[arg-type]

    assert len(await keys()) == 4
    assert await keys(statuses=["PENDING", "FAILED"]) == {PENDING, ALIKE, FAILED}
    assert await keys(statuses=["PENDING"], campaign="content-guide") == {PENDING}
    assert len(await keys(limit=2)) == 2
    assert {content.content_key for content in await pending_contents(engine, "content-other")} == {ALIKE}


@pytest.mark.parametrize("wrong", [["READ"], ["PENDING", ""], []])
async def test_an_unknown_status_is_an_error(engine: AsyncEngine, wrong: list[str]) -> None:
    with pytest.raises(InvalidInput, match="must be some of WRITING, FAILED, PENDING") as raised:
        await list_contents(engine, statuses=wrong)
    assert raised.value.field == "statuses"


async def test_a_prefix_of_a_key_is_enough(engine: AsyncEngine) -> None:
    found = await find_contents(engine, ["ABCDEF01", " 111111 ", "ABCDEF01"])
    assert [content.content_key for content in found] == [PENDING, APPROVED]
    assert short_key(found[0]) == "abcdef010000"


@pytest.mark.parametrize(
    ("prefix", "error", "reason"),
    [
        ("abcdef", NotAllowed, "several texts begin like this"),
        ("fedcba", NotFound, "there is no such text"),
        ("abc", InvalidInput, "must be the first 6 or more"),
        ("abcdef%0", InvalidInput, "must be the first 6 or more"),
    ],
)
async def test_a_key_that_names_no_one_text(
    engine: AsyncEngine, prefix: str, error: type[OperationError], reason: str
) -> None:
    with pytest.raises(error, match=reason) as raised:
        await find_content(engine, prefix)
    assert raised.value.field == "key"


async def test_approval_and_rejection_say_what_happens_next(engine: AsyncEngine) -> None:
    approved = await decide_contents(engine, await find_contents(engine, ["abcdef01"]), NOW, approved=True)
    assert (approved.status, [content.content_key for content in approved.contents]) == ("APPROVED", [PENDING])
    assert approved.what_happens_next.startswith("messages that wait for it")
    rejected = await decide_contents(engine, await find_contents(engine, ["111111"]), NOW, approved=False)
    assert rejected.status == "REJECTED"
    assert rejected.what_happens_next.startswith("messages about it carry their campaign's own text")
    assert await statuses(engine) == {PENDING: "APPROVED", ALIKE: "PENDING", APPROVED: "REJECTED", FAILED: "FAILED"}
    assert (await find_content(engine, "abcdef01")).decided_at == NOW


async def test_without_a_text_nothing_is_decided(engine: AsyncEngine) -> None:
    chosen = await find_contents(engine, ["abcdef01", "222222"])
    with pytest.raises(NotAllowed, match="222222222222 is FAILED: there is no text to decide on"):
        await decide_contents(engine, chosen, NOW, approved=True)
    assert (await statuses(engine))[PENDING] == "PENDING"
