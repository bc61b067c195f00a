"""`/v`: the link that confirms, for whom it does, and that nobody else can say as much."""

import re
from datetime import timedelta
from typing import Any

import pytest

from intake.door.door import Door
from intake.door.incoming import EventAccepted, EventRejected, IncomingEvent
from operations.customers.confirmation import VALID_FOR
from retention_client.consent_sources import CONFIRMED
from tests.starter.gateway.customer_pages import ADA, IDENTITY_KEY, KEY, NOW, SENT, CustomerPages

OTHER_KEY = "cd" * 32


def path(pages: CustomerPages, key: str = KEY) -> str:
    return f"/v/{pages.tokens.confirm(key)}"


async def words(pages: CustomerPages) -> list[dict[str, Any]]:
    """The changes of consent in the inbox: who sent them, and what they say."""
    rows = await pages.rows("SELECT source, status, body FROM event_inbox ORDER BY sequence")
    return [{"told_by": row["source"], "status": row["status"], **row["body"]} for row in rows]


async def test_the_page_confirms_nothing_however_often_scanners_look(pages: CustomerPages) -> None:
    await pages.plant()
    for method in ("GET", "HEAD", "GET"):
        answer = await pages.web.request(method, path(pages))
        assert answer.status_code == 200
    assert "a•••@example.com" in answer.text
    assert re.search(r'<form method="post">\s*<button>Yes, subscribe me</button>', answer.text)
    assert "Cast &lt;Iron&gt; &amp; Co" in answer.text
    assert await words(pages) == []


async def test_the_button_does(pages: CustomerPages) -> None:
    customer_id = await pages.plant(consent_email=True)
    answer = await pages.web.post(path(pages))
    assert (answer.status_code, "You are on the list" in answer.text) == (200, True)
    [word] = await words(pages)
    assert (word["told_by"], word["status"], word["type"]) == ("confirmation", "RECEIVED", "CONSENT_CHANGED")
    assert (word["channel"], word["granted"], word["source"]) == ("email", True, "double opt-in")
    assert (word["customer_email"], word["occurred_at"]) == (ADA, NOW.isoformat().replace("+00:00", "Z"))
    assert customer_id in word["event_id"]


async def test_it_ends_a_silence_that_the_customer_asked_for(pages: CustomerPages) -> None:
    customer_id = await pages.plant()
    await pages.execute(
        "INSERT INTO suppressions (customer_id, channel, reason, created_at) VALUES (:id, 'EMAIL', 'unsubscribe', :at)",
        id=customer_id,
        at=SENT,
    )
    await pages.web.post(path(pages))
    assert await pages.suppressions() == {}


@pytest.mark.parametrize(("after", "status", "count"), [(timedelta(), 200, 1), (timedelta(seconds=1), 410, 0)])
async def test_a_link_is_good_for_thirty_days(pages: CustomerPages, after: timedelta, status: int, count: int) -> None:
    await pages.plant()
    pages.now = SENT + VALID_FOR + after
    assert [(await pages.web.request(method, path(pages))).status_code for method in ("GET", "POST")] == [status] * 2
    assert len(await words(pages)) == count


async def test_days_are_those_of_a_customer_who_lives_in_the_future(pages: CustomerPages) -> None:
    await pages.plant(updated_at=SENT + VALID_FOR + timedelta(days=1))
    answer = await pages.web.post(path(pages))
    assert (answer.status_code, "Sign up again" in answer.text) == (410, True)


async def test_who_was_erased_meanwhile_gets_a_kind_page(pages: CustomerPages) -> None:
    await pages.plant()
    for table in ("customer_profiles", "rendered_messages", "communications_log"):
        await pages.execute(f"DELETE FROM {table}")
    for method in ("GET", "POST"):
        answer = await pages.web.request(method, path(pages))
        assert (answer.status_code, "its message may have been deleted" in answer.text) == (404, True)
    assert await words(pages) == []


async def test_no_other_link_confirms(pages: CustomerPages) -> None:
    await pages.plant()
    tokens = pages.tokens
    for token in (tokens.unsubscribe(KEY), tokens.open(KEY), tokens.click(KEY, 0), tokens.confirm(KEY)[:-1] + "A", "x"):
        assert (await pages.web.post(f"/v/{token}")).status_code == 404
    assert (await pages.web.post(path(pages, OTHER_KEY))).status_code == 404
    assert (await pages.web.post(f"/u/{tokens.confirm(KEY)}")).status_code == 404
    assert await words(pages) == []


async def test_without_postgresql_the_page_says_try_again(pages: CustomerPages) -> None:
    for method in ("GET", "POST"):
        answer = await pages.cut_off.request(method, path(pages))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


@pytest.mark.parametrize("source", sorted(CONFIRMED))
async def test_a_storefront_cannot_say_that_a_consent_was_confirmed(pages: CustomerPages, source: str) -> None:
    await pages.plant()
    door = Door(pages.engine, identity_key=IDENTITY_KEY.encode(), currency="USD")
    event: dict[str, Any] = {"event_id": "e-1", "customer_email": ADA, "occurred_at": NOW.isoformat()}
    statements = [
        {**event, "type": "CONSENT_CHANGED", "channel": "email", "granted": True, "source": source},
        {**event, "type": "VISITED", "consent": {"email": True, "source": source}},
    ]
    answers = await door.accept([IncomingEvent(one) for one in statements], source="confirmation")
    assert [answer.field for answer in answers if isinstance(answer, EventRejected)] == ["source", "consent.source"]
    assert await words(pages) == []
    [answer] = await door.accept([IncomingEvent(statements[0], trusted=True)], source="http")
    assert isinstance(answer, EventAccepted)
