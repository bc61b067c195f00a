"""Every kind of event in every status of a message, and events in any order."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import text

from db.messages.claims import MessageClaims
from db.messages.provider_events import EventOutcome, record
from lifecycle.messages import MessageStatus
from lifecycle.provider_events import ProviderEvent, ProviderEventKind
from tests.fixtures.shop import eventually
from tests.starter.gateway.customer_pages import FIREFOX, KEY, NOW, SENT
from tests.starter.gateway.provider_routes import ProviderRoutes

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


async def one_of_each(providers: ProviderRoutes) -> dict[str, str]:
    """A message in every status, by its key."""
    keys = {f"{number:02x}" * 32: status for number, status in enumerate(STATUSES, start=1)}
    for key, status in keys.items():
        await providers.plant(f"{status}@example.com", key, status=status)
    return keys


@pytest.mark.parametrize(("kind", "user_agent", "reached", "from_"), MOVED)
async def test_every_pair(
    providers: ProviderRoutes, kind: ProviderEventKind, user_agent: str | None, reached: str, from_: set[str]
) -> None:
    keys = await one_of_each(providers)
    for key in keys:
        provider_event = event(kind, key, message_key=key, user_agent=user_agent)
        assert await record(providers.engine, provider_event, visits=True) is EventOutcome.RECORDED
        await record(providers.engine, provider_event, visits=True)
    found = {row["message_key"]: row for row in await providers.rows("SELECT * FROM communications_log")}
    assert {keys[key]: row["status"] for key, row in found.items()} == {
        status: reached if status in from_ else status for status in STATUSES
    }
    for key, row in found.items():
        if keys[key] in from_ - {"SENT"} and kind not in (ProviderEventKind.OPEN, ProviderEventKind.CLICK):
            assert row["sent_at"] == (None if reached == "FAILED" else SENT)
            assert (row["provider"], row["provider_message_id"]) == ("resend", "re-1")
            assert row["lease_until"] is None
            assert row["decisions"][-1]["reason"].startswith("resend reported: ")
    suppressed = {row["reason"] for row in await providers.rows("SELECT reason FROM suppressions")}
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
    providers: ProviderRoutes, start: str, kinds: Sequence[ProviderEventKind], reached: str
) -> None:
    orders = list(permutations(kinds))
    for number, order in enumerate(orders):
        key = f"{number:04x}" * 16
        await providers.plant(f"{number}@example.com", key, status=start)
        for kind in order:
            provider_event = event(
                kind, f"{number}-{kind}", message_key=key, user_agent=FIREFOX, provider_message_id=key
            )
            await record(providers.engine, provider_event, visits=True)
    statuses = await providers.rows("SELECT status FROM communications_log")
    assert [row["status"] for row in statuses] == [reached] * len(orders)


@pytest.mark.parametrize("kind", [kind for kind in ProviderEventKind if kind is not ProviderEventKind.ACCEPTED])
async def test_a_duplicate_is_recognised(providers: ProviderRoutes, kind: ProviderEventKind) -> None:
    await providers.plant()
    provider_event = event(kind, user_agent=FIREFOX)
    outcomes = [await record(providers.engine, provider_event, visits=True) for _ in range(3)]
    assert outcomes == ["recorded", "repeated", "repeated"]
    assert [kept for kept, _ in await providers.events()] == [kind]


async def test_an_acceptance_changes_only_the_status(providers: ProviderRoutes) -> None:
    await providers.plant(status="UNKNOWN")
    assert await record(providers.engine, event(ProviderEventKind.ACCEPTED), visits=True) is EventOutcome.RECORDED
    assert (await providers.status(), await providers.events()) == ("SENT", [])


async def test_a_lifted_suppression_stays_lifted_after_a_duplicate(providers: ProviderRoutes) -> None:
    await providers.plant()
    await record(providers.engine, event(ProviderEventKind.BOUNCE), visits=True)
    await providers.execute("DELETE FROM suppressions")
    await providers.execute("UPDATE communications_log SET status = 'SENT'")
    assert await record(providers.engine, event(ProviderEventKind.BOUNCE), visits=True) is EventOutcome.REPEATED
    assert (await providers.suppressions(), await providers.status()) == ({}, "SENT")


@pytest.mark.parametrize(
    ("before", "after"),
    [("unsubscribe", "hard_bounce"), ("complaint", "complaint"), ("manual", "manual"), ("hard_bounce", "hard_bounce")],
)
async def test_a_weaker_suppression_is_replaced(providers: ProviderRoutes, before: str, after: str) -> None:
    customer_id = await providers.plant()
    await providers.execute(
        "INSERT INTO suppressions (customer_id, channel, reason) VALUES (:id, 'EMAIL', :reason)",
        id=customer_id,
        reason=before,
    )
    await record(providers.engine, event(ProviderEventKind.BOUNCE), visits=True)
    assert await providers.suppressions() == {"EMAIL": after}


async def test_an_event_finds_its_message_by_the_providers_id(providers: ProviderRoutes) -> None:
    await providers.plant()
    await providers.execute("UPDATE communications_log SET provider = 'resend', provider_message_id = 're-1'")
    assert (
        await record(providers.engine, event(ProviderEventKind.DELIVERED, message_key=None), visits=True)
        is EventOutcome.RECORDED
    )
    assert (
        await record(providers.engine, event(ProviderEventKind.DELIVERED, "2", message_key="0" * 64), visits=True)
        == "recorded"
    )
    await providers.execute("UPDATE communications_log SET provider = 'ses'")
    assert (
        await record(providers.engine, event(ProviderEventKind.DELIVERED, "3", message_key=None), visits=True)
        is EventOutcome.NOT_OURS
    )


async def test_our_own_key_takes_precedence_over_the_providers_id(providers: ProviderRoutes) -> None:
    await providers.plant()
    await providers.plant("ben@example.com", "cd" * 32)
    await providers.execute(
        "UPDATE communications_log SET provider = 'resend', provider_message_id = 're-1' WHERE message_key = :key",
        key="cd" * 32,
    )
    await record(providers.engine, event(ProviderEventKind.COMPLAINT), visits=True)
    assert (await providers.rows("SELECT message_key FROM message_events"))[0]["message_key"] == KEY


async def test_a_message_that_was_never_rendered_is_ignored(providers: ProviderRoutes) -> None:
    await providers.plant(status="PLANNED")
    await providers.execute("DELETE FROM rendered_messages")
    assert await record(providers.engine, event(ProviderEventKind.BOUNCE), visits=True) is EventOutcome.NOT_OURS
    assert (await providers.status(), await providers.suppressions()) == ("PLANNED", {})


async def test_the_link_that_was_followed_is_found_by_its_target(providers: ProviderRoutes) -> None:
    await providers.plant()
    for number, link in enumerate(("https://shop.example/tëapot", "https://elsewhere.example/", None)):
        provider_event = event(
            ProviderEventKind.CLICK, str(number), link=link, user_agent=FIREFOX, at=NOW + timedelta(minutes=number)
        )
        await record(providers.engine, provider_event, visits=True)
    rows = await providers.rows("SELECT link, is_machine FROM message_events ORDER BY id")
    assert [(row["link"], row["is_machine"]) for row in rows] == [(1, False), (None, False), (None, False)]


async def test_with_our_own_tracking_the_providers_visits_do_not_count(providers: ProviderRoutes) -> None:
    await providers.plant(status="UNKNOWN")
    assert (
        await record(providers.engine, event(ProviderEventKind.CLICK, user_agent=FIREFOX), visits=False)
        is EventOutcome.IGNORED
    )
    assert (await providers.status(), await providers.events()) == ("SENT", [])


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
async def test_the_owner_of_the_claim_does_not_undo_it(providers: ProviderRoutes, kind: ProviderEventKind) -> None:
    await providers.plant(status="CLAIMED")
    await providers.execute("UPDATE communications_log SET fence = 'mine'")
    await record(providers.engine, event(kind, user_agent=FIREFOX), visits=True)
    before = await providers.message()
    messages, later = MessageClaims(providers.engine), NOW + timedelta(seconds=5)
    assert not await messages.mark_sent(KEY, "mine", later, "resend", "re-1")
    assert not await messages.mark(KEY, "mine", "UNKNOWN", later, "no answer")
    assert not await messages.mark_bounced(KEY, "mine", later, "no such address")
    assert not await messages.give_up(KEY, later, "not repeated")
    assert await providers.message() == before


@pytest.mark.parametrize("first", [ProviderEventKind.FAILURE, ProviderEventKind.DELIVERED])
async def test_a_delivery_and_a_failure_at_once_end_as_delivered(
    providers: ProviderRoutes, first: ProviderEventKind
) -> None:
    await providers.plant(status="UNKNOWN")
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'retention'"
    second = ProviderEventKind.DELIVERED if first is ProviderEventKind.FAILURE else ProviderEventKind.FAILURE
    async with providers.engine.connect() as holder:
        await holder.execution_options(isolation_level="READ COMMITTED")
        await holder.execute(text("SELECT 1 FROM communications_log FOR UPDATE"))
        tasks = []
        for place, kind in enumerate((first, second), start=1):
            tasks.append(asyncio.create_task(record(providers.engine, event(kind, kind), visits=True)))
            await eventually(lambda: providers.rows(waiting), partial(are, place))
    assert [await task for task in tasks] == ["recorded"] * 2
    assert await providers.status() == "SENT"


def are(count: int, rows: list[dict[str, Any]]) -> bool:
    return len(rows) == count
