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
from tests.starter.gateway.customer_pages import KEY, NOW, SENT, TARGETS, CustomerPages

WAITING_FOR_A_ROW = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'retention'"


async def opened(pages: CustomerPages) -> None:
    answer = await pages.web.get(f"/o/{pages.tokens.open(KEY)}")
    assert answer.status_code == 200


async def clicked(pages: CustomerPages, link: int = 0) -> None:
    answer = await pages.web.get(f"/c/{pages.tokens.click(KEY, link)}")
    assert answer.status_code == 302


async def kept(pages: CustomerPages) -> list[tuple[str, int | None, bool]]:
    rows = await pages.rows("SELECT kind, link, is_machine FROM message_events ORDER BY id")
    return [(row["kind"], row["link"], row["is_machine"]) for row in rows]


async def test_an_open_is_a_picture_of_one_pixel(pages: CustomerPages) -> None:
    await pages.plant()

    answer = await pages.web.get(f"/o/{pages.tokens.open(KEY)}")

    assert (answer.status_code, answer.content) == (200, PIXEL)
    assert len(PIXEL) == 43
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/gif", "no-store")
    assert await kept(pages) == [("OPEN", None, False)]
    assert await pages.status() == "OPENED"


async def test_a_click_leads_on(pages: CustomerPages) -> None:
    await pages.plant()

    first = await pages.web.get(f"/c/{pages.tokens.click(KEY, 0)}")
    pages.now += timedelta(minutes=1)
    second = await pages.web.get(f"/c/{pages.tokens.click(KEY, 1)}")

    assert (first.status_code, first.headers["location"]) == (302, TARGETS[0])
    assert second.headers["location"] == "https://shop.example/t%C3%ABapot"
    assert await kept(pages) == [("CLICK", 0, False), ("CLICK", 1, False)]
    assert await pages.status() == "CLICKED"
    assert await pages.words() == []


async def test_scanners_are_noted_and_move_nothing(pages: CustomerPages) -> None:
    await pages.plant()
    picture, link = f"/o/{pages.tokens.open(KEY)}", f"/c/{pages.tokens.click(KEY, 0)}"

    assert (await pages.web.head(picture)).status_code == 200
    assert (await pages.web.head(link)).headers["location"] == TARGETS[0]
    assert (await pages.web.get(picture, headers={"User-Agent": "Mozilla/5.0"})).content == PIXEL
    assert (await pages.web.get(link, headers={"User-Agent": "curl/8.5.0"})).status_code == 302
    pages.now = SENT + timedelta(seconds=3)
    await clicked(pages)

    assert [machine for _, _, machine in await kept(pages)] == [True] * 5
    assert await pages.status() == "SENT"


async def test_who_follows_several_links_at_once_is_no_person(pages: CustomerPages) -> None:
    await pages.plant()

    await clicked(pages, 0)
    pages.now += timedelta(milliseconds=200)
    await clicked(pages, 1)
    pages.now += timedelta(minutes=5)
    await clicked(pages, 1)

    assert await kept(pages) == [("CLICK", 0, True), ("CLICK", 1, True), ("CLICK", 1, False)]


async def test_a_sweep_is_seen_also_when_its_clicks_come_side_by_side(pages: CustomerPages) -> None:
    await pages.plant()
    async with pages.engine.connect() as holder:
        await holder.execution_options(isolation_level="READ COMMITTED")
        await holder.execute(text("SELECT 1 FROM communications_log FOR UPDATE"))
        both = asyncio.gather(clicked(pages, 0), clicked(pages, 1))
        await eventually(lambda: pages.rows(WAITING_FOR_A_ROW), lambda waiting: len(waiting) == 2)
    await both
    assert sorted(await kept(pages)) == [("CLICK", 0, True), ("CLICK", 1, True)]


@pytest.mark.parametrize("order", [*permutations(["open", "click", "open"])])
async def test_a_status_moves_forward_only(pages: CustomerPages, order: tuple[str, ...]) -> None:
    await pages.plant()
    reached = "SENT"
    for kind in order:
        await (opened(pages) if kind == "open" else clicked(pages))
        reached = "CLICKED" if "CLICKED" in (reached, {"click": "CLICKED"}.get(kind)) else "OPENED"
        assert await pages.status() == reached


async def test_many_at_once_end_at_the_furthest(pages: CustomerPages) -> None:
    await pages.plant()
    await asyncio.gather(*(opened(pages) for _ in range(6)), clicked(pages), *(opened(pages) for _ in range(6)))
    assert await pages.status() == "CLICKED"
    assert len(await kept(pages)) == 13


@pytest.mark.parametrize("status", MessageStatus)
@pytest.mark.parametrize(("read", "reached"), [(opened, "OPENED"), (clicked, "CLICKED")])
async def test_what_was_read_was_sent(
    pages: CustomerPages, status: MessageStatus, read: Callable[[CustomerPages], Awaitable[None]], reached: str
) -> None:
    await pages.plant(status=status)
    await read(pages)
    moved = status in (
        "PLANNED",
        "CLAIMED",
        "UNKNOWN",
        "SKIPPED",
        "SENT",
        *(["OPENED"] if reached == "CLICKED" else []),
    )
    [row] = await pages.rows("SELECT status, sent_at FROM communications_log")
    assert row["status"] == (reached if moved else status)
    assert row["sent_at"] == (SENT if moved else None)


async def test_of_one_message_only_so_much_is_kept(pages: CustomerPages) -> None:
    await pages.plant()
    for is_machine in (True, False):
        await pages.execute(
            "INSERT INTO message_events (message_key, kind, is_machine, occurred_at) "
            "SELECT :key, 'OPEN', :is_machine, :at FROM generate_series(1, :count)",
            key=KEY,
            is_machine=is_machine,
            at=NOW,
            count=50 if is_machine else 49,
        )

    await pages.web.head(f"/o/{pages.tokens.open(KEY)}")
    assert len(await kept(pages)) == 99
    for _ in range(3):
        await clicked(pages)

    assert len(await kept(pages)) == 100
    assert await pages.status() == "CLICKED"


@pytest.mark.parametrize("path", ["/o/nonsense", "/o/%C3%A9%00", "/o/{click}", "/o/{unsubscribe}"])
async def test_a_picture_that_is_not_ours(pages: CustomerPages, path: str) -> None:
    tokens = {"click": pages.tokens.click(KEY, 0), "unsubscribe": pages.tokens.unsubscribe(KEY)}
    assert (await pages.web.get(path.format(**tokens))).status_code == 404


@pytest.mark.parametrize("link", [2, 3, 65_535, None])
async def test_a_link_that_leads_nowhere_leads_to_the_shop(pages: CustomerPages, link: int | None) -> None:
    await pages.plant()

    answer = await pages.web.get(f"/c/{pages.tokens.open(KEY) if link is None else pages.tokens.click(KEY, link)}")

    assert answer.status_code == 404
    assert '<a href="https://shop.example">Go to Cast &lt;Iron&gt; &amp; Co</a>' in answer.text
    assert await kept(pages) == []


async def test_a_message_that_was_erased(pages: CustomerPages) -> None:
    assert (await pages.web.get(f"/o/{pages.tokens.open(KEY)}")).content == PIXEL
    assert (await pages.web.get(f"/c/{pages.tokens.click(KEY, 0)}")).status_code == 404


async def test_without_postgresql_pictures_show_and_links_ask_for_patience(pages: CustomerPages) -> None:
    assert (await pages.cut_off.get(f"/o/{pages.tokens.open(KEY)}")).content == PIXEL
    answer = await pages.cut_off.get(f"/c/{pages.tokens.click(KEY, 0)}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "try again in a minute" in answer.text
