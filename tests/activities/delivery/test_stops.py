"""A stop holds until the very claim, transactional messages go out under one of marketing, and nothing is lost."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from db.campaigns.campaigns import set_status
from db.messages import sending_stops
from db.messages.messages import MessageRecord, Messages
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
async def test_what_is_stopped_waits(post: PostOffice, scope: Stopped, purpose: str, reason: str) -> None:
    await post.plant(campaign={"purpose": purpose})
    await sending_stops.stop(post.engine, scope, None, NOW)

    first, later = await post.deliver(), await post.deliver(attempts=8)

    assert (first.status, first.detail, first.until) == ("WAITING", reason, NOW + timedelta(minutes=15))
    assert later.until == NOW + timedelta(hours=1)
    assert post.received() == []
    assert [line["reason"] for line in (await post.row())["decisions"]] == [reason]


async def test_a_receipt_goes_out_while_marketing_is_stopped(post: PostOffice) -> None:
    await post.plant(campaign={"purpose": "transactional"})
    await sending_stops.stop(post.engine, "MARKETING", None, NOW)
    assert (await post.deliver()).status == MessageStatus.SENT


async def test_what_waited_is_sent_once_sending_is_started(post: PostOffice) -> None:
    await post.plant()
    for scope in SENDING_SCOPES:
        await sending_stops.stop(post.engine, scope, None, NOW)
    await post.deliver()
    await sending_stops.start(post.engine)

    assert (await post.deliver(now=NOW + timedelta(minutes=15))).status == MessageStatus.SENT
    assert len(post.received()) == 1


@pytest.mark.parametrize("scope", SENDING_SCOPES)
async def test_a_stop_between_the_decision_and_the_claim_holds(
    post: PostOffice, monkeypatch: pytest.MonkeyPatch, scope: Stopped
) -> None:
    await post.plant()

    await _deliver_while(post, monkeypatch, lambda: sending_stops.stop(post.engine, scope, None, NOW))

    assert ((await post.row())["status"], post.received()) == ("PLANNED", [])
    assert (await post.deliver()).status == "WAITING"


async def test_a_pause_between_the_decision_and_the_claim_holds(
    post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.plant()

    async def pause() -> None:
        await set_status(post.engine, "care-guide", CampaignStatus.PAUSED)

    await _deliver_while(post, monkeypatch, pause)

    assert ((await post.row())["status"], post.received()) == ("PLANNED", [])
    assert (await post.deliver()).detail == "campaign is paused"


async def test_a_start_between_the_two_only_costs_another_try(
    post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.plant(campaign={"purpose": "transactional"})
    await sending_stops.stop(post.engine, "MARKETING", None, NOW)

    await _deliver_while(post, monkeypatch, lambda: sending_stops.start(post.engine))

    assert (await post.deliver()).status == MessageStatus.SENT


async def _deliver_while(
    post: PostOffice, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Awaitable[None]]
) -> None:
    """Deliver, and have something happen right after the message was read."""
    read = Messages.read

    async def and_then(messages: Messages, key: str) -> MessageRecord | None:
        found = await read(messages, key)
        await happens()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Messages, "read", and_then)
        with pytest.raises(ApplicationError, match="meanwhile"):
            await post.deliver()
