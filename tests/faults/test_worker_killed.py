"""A worker is killed while it sends: what the customer gets, and what the log says of it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localstack.servers.mail_server import ReceivedMail, accept
from tests.faults.campaigns import OFFER, RECEIPT
from tests.faults.conftest import Premises
from tests.faults.mailbox import mailbox
from tests.fixtures.postgres import connect
from tests.fixtures.shop import eventually

pytestmark = pytest.mark.slow


async def test_between_the_claim_and_the_mark(premises: Premises) -> None:
    shop, email = premises.shop, "claimed@example.com"
    await shop.apply([RECEIPT, OFFER])
    kept: list[Path] = []
    both_kept = asyncio.Event()

    async def keep_and_never_answer(message: ReceivedMail, keep: Callable[[], Path]) -> str:
        if email not in message.recipients:
            return await accept(message, keep)  # what an earlier test left in the inbox is applied as well
        kept.append(keep())
        if len(kept) == 2:
            worker.kill()
            both_kept.set()
        await asyncio.Event().wait()
        raise AssertionError

    premises.mail.behaviour = keep_and_never_answer
    async with premises.worker() as worker:
        await shop.order("1", email=email)
        await asyncio.wait_for(both_kept.wait(), 60)
    assert {message["status"] for message in await shop.messages(email)} == {"CLAIMED"}
    premises.mail.behaviour = accept
    async with premises.worker():
        offer, receipt = await _settled(premises, email)

    assert (receipt["status"], offer["status"]) == ("SENT", "UNKNOWN")
    assert offer["reason"].startswith("may have been sent; not sent again")
    letters = {subject: times for (subject, _), times in mailbox(premises.mail, email).items()}
    assert letters == {"Receipt 1": 2, "Offer 1": 1}


async def test_before_the_claim(premises: Premises) -> None:
    shop, email = premises.shop, "unclaimed@example.com"
    await shop.apply([RECEIPT, OFFER])
    assert premises.stack.settings.database_admin_url is not None
    with connect(premises.stack.settings.database_admin_url) as administrator, administrator.transaction():
        # A claim keeps the rendered message in the same statement, and so it waits for us.
        administrator.execute("LOCK TABLE rendered_messages IN SHARE MODE")
        async with premises.worker() as worker:
            await shop.order("1", email=email)
            await eventually(lambda: shop.messages(email), lambda messages: len(messages) == 2)
            waiting = await eventually(lambda: _waiting_for_a_lock(premises), lambda pids: len(pids) >= 2)
            worker.kill()
        for pid in waiting:
            administrator.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert {message["status"] for message in await shop.messages(email)} == {"PLANNED"}
    async with premises.worker():
        messages = await _settled(premises, email)

    assert [message["status"] for message in messages] == ["SENT", "SENT"]
    letters = {subject: times for (subject, _), times in mailbox(premises.mail, email).items()}
    assert letters == {"Receipt 1": 1, "Offer 1": 1}


async def _waiting_for_a_lock(premises: Premises) -> list[int]:
    assert premises.stack.settings.database_admin_url is not None
    with connect(premises.stack.settings.database_admin_url) as administrator:
        found = administrator.execute("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return [pid for (pid,) in found]


async def _settled(premises: Premises, email: str) -> list[dict[str, Any]]:
    return await eventually(
        lambda: premises.shop.messages(email),
        lambda messages: all(message["status"] in {"SENT", "UNKNOWN"} for message in messages),
        patience=120,
    )
