"""Which message made its reader leave: kept once, for whoever had not left before."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from db.customers import consent
from tests.starter.gateway.links.conftest import KEY, NOW, Counter
from tests.starter.gateway.links.test_preferences import ONE_CLICK, path


async def counted(counter: Counter) -> list[Any]:
    rows = await counter.rows("SELECT kind, is_machine, occurred_at, message_key FROM message_events ORDER BY id")
    return [tuple(row.values()) for row in rows]


LEFT = ("UNSUBSCRIBE", False, NOW, KEY)


@pytest.mark.parametrize("form", [None, {"action": "none"}, {"action": "save"}, {"action": "save", "channel": "SMS"}])
async def test_a_message_is_told_to_have_made_its_reader_leave(counter: Counter, form: dict[str, str] | None) -> None:
    await counter.plant(phone="+447400123456")
    for _ in range(2):
        await counter.web.post(path(counter), **({"data": form} if form else {"content": ONE_CLICK}))
        counter.now += timedelta(minutes=1)
    assert await counted(counter) == [LEFT]


async def test_leaving_twice_over_the_same_message_counts_once(counter: Counter) -> None:
    await counter.plant()
    for _ in range(2):
        await counter.web.post(path(counter), content=ONE_CLICK)
        await counter.web.post(path(counter), data={"action": "save", "channel": "EMAIL"})
        counter.now += timedelta(days=1)
    assert await counted(counter) == [LEFT]


async def test_who_stays_has_not_left(counter: Counter) -> None:
    await counter.plant(phone="+447400123456", consent_sms=True)
    await counter.web.post(path(counter), data={"action": "save", "channel": ["EMAIL", "SMS"]})
    await counter.web.post(path(counter), data={"action": "save", "channel": "EMAIL"})
    await counter.web.get(path(counter))
    assert await counted(counter) == []


@pytest.mark.parametrize("reason", ["unsubscribe", "complaint"])
async def test_who_had_left_before_was_not_driven_away_by_this_one(counter: Counter, reason: str) -> None:
    whose = await counter.plant()
    await counter.execute(
        "INSERT INTO suppressions (customer_id, channel, reason) VALUES (:id, 'EMAIL', :reason)",
        id=whose,
        reason=reason,
    )
    await counter.web.post(path(counter), content=ONE_CLICK)
    await counter.web.post(path(counter), data={"action": "none"})
    assert await counted(counter) == []


async def test_what_was_done_half_is_counted_all_the_same(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    await counter.plant()

    async def fail(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, OSError("away"))

    with monkeypatch.context() as broken:
        broken.setattr(consent, "withdraw", fail)
        assert (await counter.web.post(path(counter), content=ONE_CLICK)).status_code == 503
    assert (await counter.web.post(path(counter), content=ONE_CLICK)).status_code == 200
    assert await counted(counter) == [LEFT]
    assert await counter.suppressions() == {"EMAIL": "unsubscribe"}


async def test_a_message_that_is_gone_is_no_error(counter: Counter) -> None:
    assert (await counter.web.post(path(counter), content=ONE_CLICK)).status_code == 200
    assert await counted(counter) == []
