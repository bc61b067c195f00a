"""`/o` and `/c`: what the reader gets, what is kept of it, and how far the message's status moves."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import text

from lifecycle.messages import MessageStatus
from starter.gateway.links import PIXEL
from tests.fixtures.shop import eventually
from tests.starter.gateway.links.conftest import KEY, NOW, SENT, TARGETS, Counter

WAITING_FOR_A_ROW = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'retention'"


async def opened(counter: Counter) -> None:
    answer = await counter.web.get(f"/o/{counter.tokens.open(KEY)}")
    assert answer.status_code == 200


async def clicked(counter: Counter, link: int = 0) -> None:
    answer = await counter.web.get(f"/c/{counter.tokens.click(KEY, link)}")
    assert answer.status_code == 302


async def kept(counter: Counter) -> list[tuple[str, int | None, bool]]:
    rows = await counter.rows("SELECT kind, link, is_machine FROM message_events ORDER BY id")
    return [(row["kind"], row["link"], row["is_machine"]) for row in rows]


async def test_an_open_is_a_picture_of_one_pixel(counter: Counter) -> None:
    await counter.plant()

    answer = await counter.web.get(f"/o/{counter.tokens.open(KEY)}")

    assert (answer.status_code, answer.content) == (200, PIXEL)
    assert len(PIXEL) == 43
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/gif", "no-store")
    assert await kept(counter) == [("OPEN", None, False)]
    assert await counter.status() == "OPENED"


async def test_a_click_leads_on(counter: Counter) -> None:
    await counter.plant()

    first = await counter.web.get(f"/c/{counter.tokens.click(KEY, 0)}")
    counter.now += timedelta(minutes=1)
    second = await counter.web.get(f"/c/{counter.tokens.click(KEY, 1)}")

    assert (first.status_code, first.headers["location"]) == (302, TARGETS[0])
    assert second.headers["location"] == "https://shop.example/t%C3%ABapot"
    assert await kept(counter) == [("CLICK", 0, False), ("CLICK", 1, False)]
    assert await counter.status() == "CLICKED"
    assert await counter.words() == []


async def test_scanners_are_noted_and_move_nothing(counter: Counter) -> None:
    await counter.plant()
    picture, link = f"/o/{counter.tokens.open(KEY)}", f"/c/{counter.tokens.click(KEY, 0)}"

    assert (await counter.web.head(picture)).status_code == 200
    assert (await counter.web.head(link)).headers["location"] == TARGETS[0]
    assert (await counter.web.get(picture, headers={"User-Agent": "Mozilla/5.0"})).content == PIXEL
    assert (await counter.web.get(link, headers={"User-Agent": "curl/8.5.0"})).status_code == 302
    counter.now = SENT + timedelta(seconds=3)
    await clicked(counter)

    assert [machine for _, _, machine in await kept(counter)] == [True] * 5
    assert await counter.status() == "SENT"


async def test_who_follows_several_links_at_once_is_no_person(counter: Counter) -> None:
    await counter.plant()

    await clicked(counter, 0)
    counter.now += timedelta(milliseconds=200)
    await clicked(counter, 1)
    counter.now += timedelta(minutes=5)
    await clicked(counter, 1)

    assert await kept(counter) == [("CLICK", 0, True), ("CLICK", 1, True), ("CLICK", 1, False)]


async def test_a_sweep_is_seen_also_when_its_clicks_come_side_by_side(counter: Counter) -> None:
    await counter.plant()
    async with counter.engine.connect() as holder:
        await holder.execution_options(isolation_level="READ COMMITTED")
        await holder.execute(text("SELECT 1 FROM communications_log FOR UPDATE"))
        both = asyncio.gather(clicked(counter, 0), clicked(counter, 1))
        await eventually(lambda: counter.rows(WAITING_FOR_A_ROW), lambda waiting: len(waiting) == 2)
    await both
    assert sorted(await kept(counter)) == [("CLICK", 0, True), ("CLICK", 1, True)]


@pytest.mark.parametrize("order", [*permutations(["open", "click", "open"])])
async def test_a_status_moves_forward_only(counter: Counter, order: tuple[str, ...]) -> None:
    await counter.plant()
    reached = "SENT"
    for kind in order:
        await (opened(counter) if kind == "open" else clicked(counter))
        reached = "CLICKED" if "CLICKED" in (reached, {"click": "CLICKED"}.get(kind)) else "OPENED"
        assert await counter.status() == reached


async def test_many_at_once_end_at_the_furthest(counter: Counter) -> None:
    await counter.plant()
    await asyncio.gather(*(opened(counter) for _ in range(6)), clicked(counter), *(opened(counter) for _ in range(6)))
    assert await counter.status() == "CLICKED"
    assert len(await kept(counter)) == 13


@pytest.mark.parametrize("status", MessageStatus)
@pytest.mark.parametrize(("read", "reached"), [(opened, "OPENED"), (clicked, "CLICKED")])
async def test_what_was_read_was_sent(
    counter: Counter, status: MessageStatus, read: Callable[[Counter], Awaitable[None]], reached: str
) -> None:
    await counter.plant(status=status)
    await read(counter)
    moved = status in ("CLAIMED", "UNKNOWN", "SENT") or (status == "OPENED" and reached == "CLICKED")
    [row] = await counter.rows("SELECT status, sent_at FROM communications_log")
    assert row["status"] == (reached if moved else status)
    assert row["sent_at"] == (SENT if moved else None)


async def test_of_one_message_only_so_much_is_kept(counter: Counter) -> None:
    await counter.plant()
    for is_machine in (True, False):
        await counter.execute(
            "INSERT INTO message_events (message_key, kind, is_machine, occurred_at) "
            "SELECT :key, 'OPEN', :is_machine, :at FROM generate_series(1, :count)",
            key=KEY,
            is_machine=is_machine,
            at=NOW,
            count=50 if is_machine else 49,
        )

    await counter.web.head(f"/o/{counter.tokens.open(KEY)}")
    assert len(await kept(counter)) == 99
    for _ in range(3):
        await clicked(counter)

    assert len(await kept(counter)) == 100
    assert await counter.status() == "CLICKED"


@pytest.mark.parametrize("path", ["/o/nonsense", "/o/%C3%A9%00", "/o/{click}", "/o/{unsubscribe}"])
async def test_a_picture_that_is_not_ours(counter: Counter, path: str) -> None:
    tokens = {"click": counter.tokens.click(KEY, 0), "unsubscribe": counter.tokens.unsubscribe(KEY)}
    assert (await counter.web.get(path.format(**tokens))).status_code == 404


@pytest.mark.parametrize("link", [2, 3, 65_535, None])
async def test_a_link_that_leads_nowhere_leads_to_the_shop(counter: Counter, link: int | None) -> None:
    await counter.plant()

    answer = await counter.web.get(
        f"/c/{counter.tokens.open(KEY) if link is None else counter.tokens.click(KEY, link)}"
    )

    assert answer.status_code == 404
    assert '<a href="https://shop.example">Go to Cast &lt;Iron&gt; &amp; Co</a>' in answer.text
    assert await kept(counter) == []


async def test_a_message_that_was_erased(counter: Counter) -> None:
    assert (await counter.web.get(f"/o/{counter.tokens.open(KEY)}")).content == PIXEL
    assert (await counter.web.get(f"/c/{counter.tokens.click(KEY, 0)}")).status_code == 404


async def test_without_postgresql_pictures_show_and_links_ask_for_patience(counter: Counter) -> None:
    assert (await counter.cut_off.get(f"/o/{counter.tokens.open(KEY)}")).content == PIXEL
    answer = await counter.cut_off.get(f"/c/{counter.tokens.click(KEY, 0)}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "try again in a minute" in answer.text
