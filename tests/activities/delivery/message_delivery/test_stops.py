"""A stop holds until the claim, a stop of marketing lets transactional messages through, and no message is lost."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from db.campaigns.campaigns import set_status
from db.messages import sending_stops
from db.messages.claims import MessageClaims, MessageRecord
from db.schema.tables import SENDING_SCOPES
from lifecycle.campaigns import CampaignStatus
from lifecycle.gate import Stopped
from lifecycle.messages import MessageStatus
from tests.activities.delivery.conftest import NOW, PostOffice


@pytest.mark.parametrize(
    ("scope", "purpose", "reason"),
    [
        ("MARKETING", "marketing", "marketing is stopped"),
        ("ALL", "marketing", "all sending is stopped"),
        ("ALL", "transactional", "all sending is stopped"),
    ],
)
async def test_a_stopped_message_is_deferred(post: PostOffice, scope: Stopped, purpose: str, reason: str) -> None:
    await post.plan(campaign={"purpose": purpose})
    await sending_stops.stop(post.engine, scope, None, NOW)

    first, later = await post.deliver(), await post.deliver(attempts=8)

    assert (first.status, first.detail, first.until) == ("WAITING", reason, NOW + timedelta(minutes=15))
    assert later.until == NOW + timedelta(hours=1)
    assert post.received() == []
    assert [line["reason"] for line in (await post.row())["decisions"]] == [reason]


async def test_a_transactional_message_is_sent_while_marketing_is_stopped(post: PostOffice) -> None:
    await post.plan(campaign={"purpose": "transactional"})
    await sending_stops.stop(post.engine, "MARKETING", None, NOW)
    assert (await post.deliver()).status == MessageStatus.SENT


async def test_a_deferred_message_is_sent_once_sending_is_started(post: PostOffice) -> None:
    await post.plan()
    for scope in SENDING_SCOPES:
        await sending_stops.stop(post.engine, scope, None, NOW)
    await post.deliver()
    await sending_stops.start(post.engine)

    assert (await post.deliver(now=NOW + timedelta(minutes=15))).status == MessageStatus.SENT
    assert len(post.received()) == 1


@pytest.mark.parametrize("scope", SENDING_SCOPES)
async def test_a_stop_between_the_decision_and_the_claim_holds(post: PostOffice, scope: Stopped) -> None:
    await post.plan()

    await _deliver_while(post, lambda: sending_stops.stop(post.engine, scope, None, NOW))

    assert ((await post.row())["status"], post.received()) == ("PLANNED", [])
    assert (await post.deliver()).status == "WAITING"


async def test_a_pause_between_the_decision_and_the_claim_holds(post: PostOffice) -> None:
    await post.plan()

    async def pause() -> None:
        await set_status(post.engine, "care-guide", CampaignStatus.PAUSED)

    await _deliver_while(post, pause)

    assert ((await post.row())["status"], post.received()) == ("PLANNED", [])
    assert (await post.deliver()).detail == "campaign is paused"


async def test_a_start_between_the_decision_and_the_claim_costs_one_retry(post: PostOffice) -> None:
    await post.plan(campaign={"purpose": "transactional"})
    await sending_stops.stop(post.engine, "MARKETING", None, NOW)

    await _deliver_while(post, lambda: sending_stops.start(post.engine))

    assert (await post.deliver()).status == MessageStatus.SENT


class ChangedAfterRead(MessageClaims):
    """Runs `change` right after a message was read."""

    def __init__(self, engine: AsyncEngine, change: Callable[[], Awaitable[None]]) -> None:
        super().__init__(engine)
        self._change = change

    async def read(self, key: str) -> MessageRecord | None:
        record = await super().read(key)
        await self._change()
        return record


async def _deliver_while(post: PostOffice, change: Callable[[], Awaitable[None]]) -> None:
    """Deliver, with a change between the decision and the claim."""
    post.messages = lambda engine: ChangedAfterRead(engine, change)
    with pytest.raises(ApplicationError, match="another attempt was faster"):
        await post.deliver()
    post.messages = MessageClaims
