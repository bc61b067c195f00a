"""A code belongs to one message, until it is certain that the message was not sent."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from db.messages.coupons import list_pools
from tests.db.messages.conftest import CUSTOMER, NOW, Drawer, key_of


async def test_many_at_once_never_get_the_same_code(drawer: Drawer) -> None:
    keys = [key_of(number) for number in range(60)]
    await drawer.plan(*keys)
    await drawer.fill([f"C{number}" for number in range(50)])
    given = await asyncio.gather(*(drawer.reserve(key) for key in keys))
    codes = [code for code in given if code]
    assert len(codes) == len(set(codes)) == 50
    assert await asyncio.gather(*(drawer.reserve(key) for key in keys)) == given


async def test_attempts_at_one_message_at_once_get_one_code(drawer: Drawer) -> None:
    await drawer.plan(key_of(1))
    await drawer.fill([f"C{number}" for number in range(20)])
    assert len({*await asyncio.gather(*(drawer.reserve(key_of(1)) for _ in range(20)))}) == 1
    assert [holder for holder in (await drawer.holders()).values() if holder] == [key_of(1)]


async def test_codes_go_out_in_the_order_of_their_file(drawer: Drawer) -> None:
    await drawer.plan(key_of(1), key_of(2), key_of(3))
    await drawer.fill(["Z", "A"])
    await drawer.fill(["M"])
    assert [await drawer.reserve(key_of(number)) for number in (1, 2, 3)] == ["Z", "A", "M"]


async def test_an_expired_code_is_never_given_not_even_one_that_was_reserved(drawer: Drawer) -> None:
    await drawer.plan(key_of(1), key_of(2))
    await drawer.fill(["OLD"], expires_at=NOW)
    assert await drawer.reserve(key_of(1)) is None
    await drawer.fill(["SOON"], expires_at=NOW + timedelta(hours=1))
    assert await drawer.reserve(key_of(1)) == "SOON"
    later = NOW + timedelta(hours=2)
    assert await drawer.reserve(key_of(1), now=later) is None
    await drawer.fill(["FRESH"])
    assert await drawer.reserve(key_of(1), now=later) == "FRESH"
    assert await drawer.holders() == {"OLD": None, "SOON": None, "FRESH": key_of(1)}


async def test_a_campaign_with_another_pool_exchanges_the_code(drawer: Drawer) -> None:
    await drawer.plan(key_of(1))
    await drawer.fill(["TEN"], "ten-percent")
    await drawer.fill(["TWENTY"], "twenty-percent")
    assert await drawer.reserve(key_of(1), "ten-percent") == "TEN"
    assert await drawer.reserve(key_of(1), "twenty-percent") == "TWENTY"
    assert await drawer.holders() == {"TEN": None, "TWENTY": key_of(1)}


@pytest.mark.parametrize("status", ["SKIPPED", "FAILED"])
async def test_what_ends_unsent_gives_its_code_back_whoever_ends_it(drawer: Drawer, status: str) -> None:
    await drawer.plan(key_of(1), key_of(2))
    await drawer.fill(["A", "B"])
    await drawer.reserve(key_of(1))
    await drawer.reserve(key_of(2))
    assert await drawer.messages.settle(key_of(1), status, NOW, "for a reason")
    await drawer.do(
        "UPDATE communications_log SET status = :status WHERE message_key = :key", status=status, key=key_of(2)
    )
    assert await drawer.holders() == {"A": None, "B": None}
    assert await drawer.reserve(key_of(1)) is None


async def test_a_message_that_is_being_ended_gets_no_code(drawer: Drawer) -> None:
    await drawer.plan(key_of(1))
    await drawer.fill(["A"])
    async with drawer.engine.connect() as connection:
        await connection.execution_options(isolation_level="READ COMMITTED")
        async with connection.begin():
            await connection.execute(text("UPDATE communications_log SET status = 'SKIPPED'"))
            reserving = asyncio.create_task(drawer.reserve(key_of(1)))
            await waits_for_a_lock(drawer)
    assert await reserving is None
    assert await drawer.holders() == {"A": None}


async def test_who_ends_a_message_while_its_code_is_being_reserved_frees_that_one_too(drawer: Drawer) -> None:
    await drawer.plan(key_of(1))
    await drawer.fill(["A"])
    async with drawer.engine.connect() as connection:
        await connection.execution_options(isolation_level="READ COMMITTED")
        async with connection.begin():
            await connection.execute(
                text("SELECT FROM communications_log WHERE message_key = :key FOR UPDATE"), {"key": key_of(1)}
            )
            settling = asyncio.create_task(drawer.messages.settle(key_of(1), "SKIPPED", NOW, "changed their mind"))
            await waits_for_a_lock(drawer)
            # The other statement has begun, and so sees nothing of this by itself.
            await connection.execute(text("UPDATE coupon_codes SET message_key = :key"), {"key": key_of(1)})
    assert await settling
    assert await drawer.holders() == {"A": None}


@pytest.mark.parametrize(("unsent", "holder"), [(True, None), (False, key_of(1))])
async def test_a_refused_message_gives_its_code_back_when_nobody_can_have_it(
    drawer: Drawer, unsent: bool, holder: str | None
) -> None:
    await drawer.plan(key_of(1), key_of(2))
    await drawer.fill(["A", "B"])
    for key in (key_of(1), key_of(2)):
        await drawer.reserve(key)
        await drawer.claim(key)
    assert await drawer.messages.mark(key_of(1), "f", "FAILED", NOW, "refused", unsent=unsent)
    assert await drawer.messages.mark_bounced(key_of(2), "f", NOW, "no such mailbox", unsent=unsent)
    assert await drawer.holders() == {"A": holder, "B": holder and key_of(2)}


async def test_a_message_that_may_have_been_sent_keeps_its_code(drawer: Drawer) -> None:
    await drawer.plan(key_of(1), key_of(2), key_of(3))
    await drawer.fill(["A", "B", "C"])
    for number in (1, 2, 3):
        await drawer.reserve(key_of(number))
        await drawer.claim(key_of(number))
    assert await drawer.messages.mark(key_of(1), "f", "UNKNOWN", NOW, "a silence")
    assert await drawer.messages.mark(key_of(2), "f", "PLANNED", NOW, "not yet")
    assert await drawer.messages.mark_sent(key_of(3), "f", NOW, "smtp", None)
    assert await drawer.holders() == {"A": key_of(1), "B": key_of(2), "C": key_of(3)}
    assert await drawer.reserve(key_of(2)) == "B"


async def test_a_code_stays_given_when_its_customer_is_erased(drawer: Drawer) -> None:
    await drawer.plan(key_of(1))
    await drawer.fill(["A"])
    await drawer.reserve(key_of(1))
    await drawer.do("DELETE FROM communications_log WHERE customer_id = :customer", customer=CUSTOMER)
    assert await drawer.holders() == {"A": key_of(1)}
    [pool] = await list_pools(drawer.engine, NOW)
    assert (pool.free, pool.reserved, pool.given) == (0, 0, 1)


async def test_pools_are_counted(drawer: Drawer) -> None:
    await drawer.plan(*map(key_of, range(4)))
    await drawer.fill([f"C{number}" for number in range(30)])
    await drawer.fill(["OLD"], expires_at=NOW)
    await drawer.fill(["SPARE"], "spare")
    for number in range(4):
        await drawer.reserve(key_of(number))
    await drawer.claim(key_of(0))
    await drawer.messages.mark_sent(key_of(0), "f", NOW, "smtp", None)
    await drawer.messages.settle(key_of(1), "SKIPPED", NOW, "no")
    spare, welcome = await list_pools(drawer.engine, NOW)
    assert (welcome.name, welcome.campaigns, welcome.few_left) == ("welcome", ("welcome",), False)
    assert (welcome.codes, welcome.free, welcome.reserved, welcome.given, welcome.expired) == (31, 27, 2, 1, 1)
    assert (spare.name, spare.free, spare.campaigns, spare.few_left) == ("spare", 1, (), True)


async def waits_for_a_lock(drawer: Drawer) -> None:
    """Wait until a statement waits for a row that another one holds."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE usename = current_user AND wait_event_type = 'Lock'")
    for _ in range(200):
        async with drawer.engine.connect() as connection:
            if (await connection.execute(waiting)).scalar_one():
                return
        await asyncio.sleep(0.02)
    raise AssertionError("no statement waited")
