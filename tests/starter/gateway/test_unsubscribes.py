"""Which message made its reader leave: kept once, for whoever had not left before."""

from datetime import timedelta
from typing import Any

import pytest

from tests.fixtures.failing_table import failing_table
from tests.starter.gateway.customer_pages import KEY, NOW, CustomerPages
from tests.starter.gateway.test_preferences import ONE_CLICK, path


async def counted(pages: CustomerPages) -> list[Any]:
    rows = await pages.rows("SELECT kind, is_machine, occurred_at, message_key FROM message_events ORDER BY id")
    return [tuple(row.values()) for row in rows]


LEFT = ("UNSUBSCRIBE", False, NOW, KEY)


@pytest.mark.parametrize("form", [None, {"action": "none"}, {"action": "save"}, {"action": "save", "channel": "SMS"}])
async def test_the_message_counts_as_the_cause(pages: CustomerPages, form: dict[str, str] | None) -> None:
    await pages.plant(phone="+447400123456")
    for _ in range(2):
        await pages.web.post(path(pages), **({"data": form} if form else {"content": ONE_CLICK}))
        pages.now += timedelta(minutes=1)
    assert await counted(pages) == [LEFT]


async def test_leaving_twice_over_the_same_message_counts_once(pages: CustomerPages) -> None:
    await pages.plant()
    for _ in range(2):
        await pages.web.post(path(pages), content=ONE_CLICK)
        await pages.web.post(path(pages), data={"action": "save", "channel": "EMAIL"})
        pages.now += timedelta(days=1)
    assert await counted(pages) == [LEFT]


async def test_who_stays_has_not_left(pages: CustomerPages) -> None:
    await pages.plant(phone="+447400123456", consent_sms=True)
    await pages.web.post(path(pages), data={"action": "save", "channel": ["EMAIL", "SMS"]})
    await pages.web.post(path(pages), data={"action": "save", "channel": "EMAIL"})
    await pages.web.get(path(pages))
    assert await counted(pages) == []


@pytest.mark.parametrize("reason", ["unsubscribe", "complaint"])
async def test_who_had_left_before_was_not_driven_away_by_this_one(pages: CustomerPages, reason: str) -> None:
    customer_id = await pages.plant()
    await pages.execute(
        "INSERT INTO suppressions (customer_id, channel, reason) VALUES (:id, 'EMAIL', :reason)",
        id=customer_id,
        reason=reason,
    )
    await pages.web.post(path(pages), content=ONE_CLICK)
    await pages.web.post(path(pages), data={"action": "none"})
    assert await counted(pages) == []


async def test_an_unsubscribe_is_counted_after_a_failed_attempt(pages: CustomerPages, database_url: str) -> None:
    await pages.plant()

    with failing_table(database_url, "suppressions"):
        assert (await pages.web.post(path(pages), content=ONE_CLICK)).status_code == 503
    assert (await pages.web.post(path(pages), content=ONE_CLICK)).status_code == 200
    assert await counted(pages) == [LEFT]
    assert await pages.suppressions() == {"EMAIL": "unsubscribe"}


async def test_a_message_that_is_gone_is_no_error(pages: CustomerPages) -> None:
    assert (await pages.web.post(path(pages), content=ONE_CLICK)).status_code == 200
    assert await counted(pages) == []
