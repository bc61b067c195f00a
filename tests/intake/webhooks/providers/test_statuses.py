"""What each word of a provider does to a message in each status: every pair, and words in any order."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import text

from db.messages.messages import Messages
from db.messages.provider_events import Outcome, record
from lifecycle.messages import MessageStatus
from lifecycle.provider_events import ProviderEvent, ProviderEventKind
from tests.fixtures.shop import eventually
from tests.intake.webhooks.providers.conftest import Desk
from tests.starter.gateway.links.conftest import FIREFOX, KEY, NOW, SENT

STATUSES: list[str] = list(MessageStatus)
UNCERTAIN = {"PLANNED", "CLAIMED", "UNKNOWN", "SKIPPED"}
ALL = set(STATUSES)

MOVED: list[tuple[ProviderEventKind, str | None, str, set[str]]] = [
    (ProviderEventKind.ACCEPTED, None, "SENT", UNCERTAIN),
    (ProviderEventKind.SOFT_BOUNCE, None, "SENT", UNCERTAIN),
    (ProviderEventKind.UNSUBSCRIBE, None, "SENT", UNCERTAIN),
    (ProviderEventKind.DELIVERED, None, "SENT", {*UNCERTAIN, "FAILED"}),
    (ProviderEventKind.OPEN, "", "SENT", UNCERTAIN),
    (ProviderEventKind.CLICK, "curl/8.5.0", "SENT", UNCERTAIN),
    (ProviderEventKind.OPEN, FIREFOX, "OPENED", {*UNCERTAIN, "SENT"}),
    (ProviderEventKind.CLICK, FIREFOX, "CLICKED", {*UNCERTAIN, "SENT", "OPENED"}),
    (ProviderEventKind.FAILURE, None, "FAILED", {"CLAIMED", "UNKNOWN", "SENT"}),
    (ProviderEventKind.BOUNCE, None, "BOUNCED", ALL - {"BOUNCED", "COMPLAINED"}),
    (ProviderEventKind.COMPLAINT, None, "COMPLAINED", ALL - {"COMPLAINED"}),
]


def event(kind: ProviderEventKind, id_: str = "1", **also: Any) -> ProviderEvent:
    about = {"at": NOW, "provider_message_id": "re-1", "message_key": KEY, **also}
    return ProviderEvent("resend", f"resend:{id_}", kind, **about)


async def one_of_each(desk: Desk) -> dict[str, str]:
    """A message in every status, by its key."""
    keys = {f"{number:02x}" * 32: status for number, status in enumerate(STATUSES, start=1)}
    for key, status in keys.items():
        await desk.plant(f"{status}@example.com", key, status=status)
    return keys


@pytest.mark.parametrize(("kind", "user_agent", "reached", "from_"), MOVED)
async def test_every_pair(
    desk: Desk, kind: ProviderEventKind, user_agent: str | None, reached: str, from_: set[str]
) -> None:
    keys = await one_of_each(desk)
    for key in keys:
        told = event(kind, key, message_key=key, user_agent=user_agent)
        assert await record(desk.engine, told, visits=True) is Outcome.RECORDED
        await record(desk.engine, told, visits=True)
    found = {row["message_key"]: row for row in await desk.rows("SELECT * FROM communications_log")}
    assert {keys[key]: row["status"] for key, row in found.items()} == {
        status: reached if status in from_ else status for status in STATUSES
    }
    for key, row in found.items():
        if keys[key] in from_ - {"SENT"} and kind not in (ProviderEventKind.OPEN, ProviderEventKind.CLICK):
            assert row["sent_at"] == (None if reached == "FAILED" else SENT)
            assert (row["provider"], row["provider_message_id"]) == ("resend", "re-1")
            assert row["lease_until"] is None
            assert row["decisions"][-1]["reason"].startswith("resend told: ")
    suppressed = {row["reason"] for row in await desk.rows("SELECT reason FROM suppressions")}
    assert suppressed == {ProviderEventKind.BOUNCE: {"hard_bounce"}, ProviderEventKind.COMPLAINT: {"complaint"}}.get(
        kind, set()
    )


@pytest.mark.parametrize("start", ["CLAIMED", "UNKNOWN", "SENT"])
@pytest.mark.parametrize(
    ("kinds", "reached"),
    [
        ((ProviderEventKind.ACCEPTED, ProviderEventKind.DELIVERED, ProviderEventKind.SOFT_BOUNCE), "SENT"),
        ((ProviderEventKind.ACCEPTED, ProviderEventKind.FAILURE, ProviderEventKind.SOFT_BOUNCE), "FAILED"),
        ((ProviderEventKind.ACCEPTED, ProviderEventKind.FAILURE, ProviderEventKind.DELIVERED), "SENT"),
        (
            (ProviderEventKind.ACCEPTED, ProviderEventKind.DELIVERED, ProviderEventKind.OPEN, ProviderEventKind.CLICK),
            "CLICKED",
        ),
        ((ProviderEventKind.FAILURE, ProviderEventKind.BOUNCE, ProviderEventKind.DELIVERED), "BOUNCED"),
        ((ProviderEventKind.DELIVERED, ProviderEventKind.OPEN, ProviderEventKind.BOUNCE), "BOUNCED"),
        ((ProviderEventKind.BOUNCE, ProviderEventKind.COMPLAINT, ProviderEventKind.CLICK), "COMPLAINED"),
    ],
)
async def test_the_order_in_which_they_come_makes_no_difference(
    desk: Desk, start: str, kinds: Sequence[ProviderEventKind], reached: str
) -> None:
    orders = list(permutations(kinds))
    for number, order in enumerate(orders):
        key = f"{number:04x}" * 16
        await desk.plant(f"{number}@example.com", key, status=start)
        for kind in order:
            told = event(kind, f"{number}-{kind}", message_key=key, user_agent=FIREFOX, provider_message_id=key)
            await record(desk.engine, told, visits=True)
    statuses = await desk.rows("SELECT status FROM communications_log")
    assert [row["status"] for row in statuses] == [reached] * len(orders)


@pytest.mark.parametrize("kind", [kind for kind in ProviderEventKind if kind is not ProviderEventKind.ACCEPTED])
async def test_told_again_it_is_known(desk: Desk, kind: ProviderEventKind) -> None:
    await desk.plant()
    told = event(kind, user_agent=FIREFOX)
    outcomes = [await record(desk.engine, told, visits=True) for _ in range(3)]
    assert outcomes == ["recorded", "repeated", "repeated"]
    assert [kept for kept, _ in await desk.events()] == [kind]


async def test_an_acceptance_is_kept_in_the_status_alone(desk: Desk) -> None:
    await desk.plant(status="UNKNOWN")
    assert await record(desk.engine, event(ProviderEventKind.ACCEPTED), visits=True) is Outcome.RECORDED
    assert (await desk.status(), await desk.events()) == ("SENT", [])


async def test_what_an_operator_lifted_stays_lifted_when_it_is_told_again(desk: Desk) -> None:
    await desk.plant()
    await record(desk.engine, event(ProviderEventKind.BOUNCE), visits=True)
    await desk.execute("DELETE FROM suppressions")
    await desk.execute("UPDATE communications_log SET status = 'SENT'")
    assert await record(desk.engine, event(ProviderEventKind.BOUNCE), visits=True) is Outcome.REPEATED
    assert (await desk.suppressions(), await desk.status()) == ({}, "SENT")


@pytest.mark.parametrize(
    ("before", "after"),
    [("unsubscribe", "hard_bounce"), ("complaint", "complaint"), ("manual", "manual"), ("hard_bounce", "hard_bounce")],
)
async def test_a_silence_that_holds_for_less_gives_way(desk: Desk, before: str, after: str) -> None:
    whose = await desk.plant()
    await desk.execute(
        "INSERT INTO suppressions (customer_id, channel, reason) VALUES (:id, 'EMAIL', :reason)",
        id=whose,
        reason=before,
    )
    await record(desk.engine, event(ProviderEventKind.BOUNCE), visits=True)
    assert await desk.suppressions() == {"EMAIL": after}


async def test_an_event_finds_its_message_by_the_providers_id(desk: Desk) -> None:
    await desk.plant()
    await desk.execute("UPDATE communications_log SET provider = 'resend', provider_message_id = 're-1'")
    assert (
        await record(desk.engine, event(ProviderEventKind.DELIVERED, message_key=None), visits=True) is Outcome.RECORDED
    )
    assert (
        await record(desk.engine, event(ProviderEventKind.DELIVERED, "2", message_key="0" * 64), visits=True)
        == "recorded"
    )
    await desk.execute("UPDATE communications_log SET provider = 'ses'")
    assert (
        await record(desk.engine, event(ProviderEventKind.DELIVERED, "3", message_key=None), visits=True)
        is Outcome.NOT_OURS
    )


async def test_our_own_key_goes_before_the_providers_id(desk: Desk) -> None:
    await desk.plant()
    await desk.plant("ben@example.com", "cd" * 32)
    await desk.execute(
        "UPDATE communications_log SET provider = 'resend', provider_message_id = 're-1' WHERE message_key = :key",
        key="cd" * 32,
    )
    await record(desk.engine, event(ProviderEventKind.COMPLAINT), visits=True)
    assert (await desk.rows("SELECT message_key FROM message_events"))[0]["message_key"] == KEY


async def test_of_what_was_never_rendered_nobody_can_know(desk: Desk) -> None:
    await desk.plant(status="PLANNED")
    await desk.execute("DELETE FROM rendered_messages")
    assert await record(desk.engine, event(ProviderEventKind.BOUNCE), visits=True) is Outcome.NOT_OURS
    assert (await desk.status(), await desk.suppressions()) == ("PLANNED", {})


async def test_the_link_that_was_followed_is_found_by_its_target(desk: Desk) -> None:
    await desk.plant()
    for number, link in enumerate(("https://shop.example/tëapot", "https://elsewhere.example/", None)):
        told = event(
            ProviderEventKind.CLICK, str(number), link=link, user_agent=FIREFOX, at=NOW + timedelta(minutes=number)
        )
        await record(desk.engine, told, visits=True)
    rows = await desk.rows("SELECT link, is_machine FROM message_events ORDER BY id")
    assert [(row["link"], row["is_machine"]) for row in rows] == [(1, False), (None, False), (None, False)]


async def test_where_our_own_links_count_the_providers_visits_do_not(desk: Desk) -> None:
    await desk.plant(status="UNKNOWN")
    assert (
        await record(desk.engine, event(ProviderEventKind.CLICK, user_agent=FIREFOX), visits=False) is Outcome.IGNORED
    )
    assert (await desk.status(), await desk.events()) == ("SENT", [])


@pytest.mark.parametrize(
    "kind",
    [
        ProviderEventKind.ACCEPTED,
        ProviderEventKind.DELIVERED,
        ProviderEventKind.FAILURE,
        ProviderEventKind.OPEN,
        ProviderEventKind.BOUNCE,
        ProviderEventKind.COMPLAINT,
    ],
)
async def test_the_owner_of_the_claim_does_not_undo_it(desk: Desk, kind: ProviderEventKind) -> None:
    await desk.plant(status="CLAIMED")
    await desk.execute("UPDATE communications_log SET fence = 'mine'")
    await record(desk.engine, event(kind, user_agent=FIREFOX), visits=True)
    before = await desk.message()
    messages, later = Messages(desk.engine), NOW + timedelta(seconds=5)
    assert not await messages.mark_sent(KEY, "mine", later, "resend", "re-1")
    assert not await messages.mark(KEY, "mine", "UNKNOWN", later, "no answer")
    assert not await messages.mark_bounced(KEY, "mine", later, "no such address")
    assert not await messages.give_up(KEY, later, "not repeated")
    assert await desk.message() == before


@pytest.mark.parametrize("first", [ProviderEventKind.FAILURE, ProviderEventKind.DELIVERED])
async def test_a_delivery_and_a_failure_at_once_end_as_delivered(desk: Desk, first: ProviderEventKind) -> None:
    await desk.plant(status="UNKNOWN")
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'retention'"
    second = ProviderEventKind.DELIVERED if first is ProviderEventKind.FAILURE else ProviderEventKind.FAILURE
    async with desk.engine.connect() as holder:
        await holder.execution_options(isolation_level="READ COMMITTED")
        await holder.execute(text("SELECT 1 FROM communications_log FOR UPDATE"))
        tasks = []
        for place, kind in enumerate((first, second), start=1):
            tasks.append(asyncio.create_task(record(desk.engine, event(kind, kind), visits=True)))
            await eventually(lambda: desk.rows(waiting), partial(are, place))
    assert [await task for task in tasks] == ["recorded"] * 2
    assert await desk.status() == "SENT"


def are(count: int, rows: list[dict[str, Any]]) -> bool:
    return len(rows) == count
