"""`/v`: the link that confirms, for whom it does, and that nobody else can say as much."""

import re
from datetime import timedelta
from typing import Any

import pytest

from intake.door.door import Door
from intake.door.incoming import EventAccepted, EventRejected, IncomingEvent
from retention_client.consent_sources import CONFIRMED
from starter.gateway.confirmation import GOOD_FOR
from tests.starter.gateway.links.conftest import ADA, IDENTITY_KEY, KEY, NOW, SENT, Counter

OTHER_KEY = "cd" * 32


def path(counter: Counter, key: str = KEY) -> str:
    return f"/v/{counter.tokens.confirm(key)}"


async def words(counter: Counter) -> list[dict[str, Any]]:
    """The changes of consent in the inbox: who told them, and what they say."""
    rows = await counter.rows("SELECT source, status, body FROM event_inbox ORDER BY sequence")
    return [{"told_by": row["source"], "status": row["status"], **row["body"]} for row in rows]


async def test_the_page_confirms_nothing_however_often_scanners_look(counter: Counter) -> None:
    await counter.plant()
    for method in ("GET", "HEAD", "GET"):
        answer = await counter.web.request(method, path(counter))
        assert answer.status_code == 200
    assert "a•••@example.com" in answer.text
    assert re.search(r'<form method="post">\s*<button>Yes, I want them</button>', answer.text)
    assert "Cast &lt;Iron&gt; &amp; Co" in answer.text
    assert await words(counter) == []


async def test_the_button_does(counter: Counter) -> None:
    whose = await counter.plant(consent_email=True)
    answer = await counter.web.post(path(counter))
    assert (answer.status_code, "You are on the list" in answer.text) == (200, True)
    [word] = await words(counter)
    assert (word["told_by"], word["status"], word["type"]) == ("confirmation", "RECEIVED", "CONSENT_CHANGED")
    assert (word["channel"], word["granted"], word["source"]) == ("email", True, "double opt-in")
    assert (word["customer_email"], word["occurred_at"]) == (ADA, NOW.isoformat().replace("+00:00", "Z"))
    assert whose in word["event_id"]


async def test_it_ends_a_silence_that_the_customer_asked_for(counter: Counter) -> None:
    whose = await counter.plant()
    await counter.execute(
        "INSERT INTO suppressions (customer_id, channel, reason, created_at) VALUES (:id, 'EMAIL', 'unsubscribe', :at)",
        id=whose,
        at=SENT,
    )
    await counter.web.post(path(counter))
    assert await counter.suppressions() == {}


@pytest.mark.parametrize(("after", "status", "count"), [(timedelta(), 200, 1), (timedelta(seconds=1), 410, 0)])
async def test_a_link_is_good_for_thirty_days(counter: Counter, after: timedelta, status: int, count: int) -> None:
    await counter.plant()
    counter.now = SENT + GOOD_FOR + after
    assert [(await counter.web.request(method, path(counter))).status_code for method in ("GET", "POST")] == [
        status
    ] * 2
    assert len(await words(counter)) == count


async def test_days_are_those_of_a_customer_who_lives_in_the_future(counter: Counter) -> None:
    await counter.plant(updated_at=SENT + GOOD_FOR + timedelta(days=1))
    answer = await counter.web.post(path(counter))
    assert (answer.status_code, "Sign up once more" in answer.text) == (410, True)


async def test_who_was_erased_meanwhile_gets_a_kind_page(counter: Counter) -> None:
    await counter.plant()
    for table in ("customer_profiles", "rendered_messages", "communications_log"):
        await counter.execute(f"DELETE FROM {table}")
    for method in ("GET", "POST"):
        answer = await counter.web.request(method, path(counter))
        assert (answer.status_code, "the message that it came with is no longer kept" in answer.text) == (404, True)
    assert await words(counter) == []


async def test_no_other_link_confirms(counter: Counter) -> None:
    await counter.plant()
    tokens = counter.tokens
    for token in (tokens.unsubscribe(KEY), tokens.open(KEY), tokens.click(KEY, 0), tokens.confirm(KEY)[:-1] + "A", "x"):
        assert (await counter.web.post(f"/v/{token}")).status_code == 404
    assert (await counter.web.post(path(counter, OTHER_KEY))).status_code == 404
    assert (await counter.web.post(f"/u/{tokens.confirm(KEY)}")).status_code == 404
    assert await words(counter) == []


async def test_without_postgresql_the_page_says_try_again(counter: Counter) -> None:
    for method in ("GET", "POST"):
        answer = await counter.cut_off.request(method, path(counter))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


@pytest.mark.parametrize("source", sorted(CONFIRMED))
async def test_a_storefront_cannot_say_that_a_consent_was_confirmed(counter: Counter, source: str) -> None:
    await counter.plant()
    door = Door(counter.engine, identity_key=IDENTITY_KEY.encode(), currency="USD")
    event: dict[str, Any] = {"event_id": "e-1", "customer_email": ADA, "occurred_at": NOW.isoformat()}
    told = [
        {**event, "type": "CONSENT_CHANGED", "channel": "email", "granted": True, "source": source},
        {**event, "type": "VISITED", "consent": {"email": True, "source": source}},
    ]
    answers = await door.accept([IncomingEvent(one) for one in told], source="confirmation")
    assert [answer.field for answer in answers if isinstance(answer, EventRejected)] == ["source", "consent.source"]
    assert await words(counter) == []
    [answer] = await door.accept([IncomingEvent(told[0], trusted=True)], source="http")
    assert isinstance(answer, EventAccepted)
