"""What applying a file changes, and what it never touches."""

from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from db.campaigns.campaigns import (
    CampaignDifference,
    StoredCampaign,
    apply,
    difference,
    list_campaigns,
    set_status,
)
from lifecycle.campaign_file import CampaignRow
from lifecycle.campaigns import CampaignStatus, Exit, Purpose, Repeat
from lifecycle.wording import Wording

ROW = CampaignRow(
    slug="abandoned-cart",
    step=1,
    name="Abandoned cart",
    trigger_event="CART_ABANDONED",
    channel="EMAIL",
    purpose=Purpose.MARKETING,
    delay_hours=0,
    expires_hours=12,
    repeat=Repeat.AFTER_DAYS,
    repeat_after_days=7,
    exit_on=(Exit.CART_CLOSED, Exit.PURCHASE),
    max_products=None,
    priority=50,
    wording=Wording("<p>Hello</p>", "Your cart", "Still here", "Write something"),
    conditions={"min_value": "20"},
)
SECOND = replace(ROW, step=2, delay_hours=23)
OTHER = replace(ROW, slug="thank-you", trigger_event="ENTERED_STATE_REPEAT", exit_on=())

pytestmark = pytest.mark.usefixtures("clean_database")


async def statuses(engine: AsyncEngine) -> dict[tuple[str, int], str]:
    return {(found.row.slug, found.row.step): found.status.value for found in await list_campaigns(engine)}


def test_the_difference_names_what_changed() -> None:
    stored = [StoredCampaign(n, CampaignStatus.LIVE, row) for n, row in enumerate([ROW, SECOND, OTHER])]
    new = replace(SECOND, step=3)
    changed = replace(ROW, delay_hours=2, wording=replace(ROW.wording, body="<p>Hi</p>"))

    found = difference(stored, [changed, new])

    assert found.added == (new,)
    assert [change.row for change in found.changed] == [changed]
    assert found.changed[0].fields == {"delay_hours": (0, 2), "body": ("<p>Hello</p>", "<p>Hi</p>")}
    assert (found.unchanged, found.missing, found.removed) == ((), (OTHER,), (SECOND,))


async def test_rows_come_back_as_they_were_written(engine: AsyncEngine) -> None:
    await apply(engine, [ROW, SECOND, OTHER], CampaignStatus.DRAFT)
    stored = await list_campaigns(engine)
    assert [found.row for found in stored] == [ROW, SECOND, OTHER]
    assert {found.status for found in stored} == {CampaignStatus.DRAFT}


async def test_applying_twice_changes_nothing(engine: AsyncEngine) -> None:
    await apply(engine, [ROW, SECOND], CampaignStatus.LIVE)
    again = await apply(engine, [ROW, SECOND], CampaignStatus.LIVE)
    assert again == CampaignDifference(unchanged=(ROW, SECOND))


async def test_a_pause_is_never_undone(engine: AsyncEngine) -> None:
    await apply(engine, [ROW, OTHER], CampaignStatus.LIVE)
    await set_status(engine, "abandoned-cart", CampaignStatus.PAUSED)

    await apply(engine, [replace(ROW, priority=1), SECOND, OTHER], CampaignStatus.LIVE)

    assert await statuses(engine) == {
        ("abandoned-cart", 1): "paused",
        ("abandoned-cart", 2): "paused",  # a new step of a paused campaign
        ("thank-you", 1): "live",
    }


async def test_what_is_missing_from_the_file_stays(engine: AsyncEngine) -> None:
    await apply(engine, [ROW, OTHER], CampaignStatus.LIVE)
    found = await apply(engine, [ROW], CampaignStatus.LIVE)
    assert found.missing == (OTHER,)
    assert await statuses(engine) == {("abandoned-cart", 1): "live", ("thank-you", 1): "live"}


async def test_a_removed_step_is_paused_and_never_planned_again(engine: AsyncEngine) -> None:
    await apply(engine, [ROW, SECOND], CampaignStatus.LIVE)

    found = await apply(engine, [ROW], CampaignStatus.LIVE)

    assert found.removed == (SECOND,)
    assert (await apply(engine, [ROW], CampaignStatus.LIVE)).removed == ()
    await set_status(engine, "abandoned-cart", CampaignStatus.LIVE)
    assert [found.row for found in await list_campaigns(engine)] == [ROW]
    _, removed = await list_campaigns(engine, with_removed=True)
    assert (removed.row, removed.is_removed, removed.status) == (SECOND, True, CampaignStatus.PAUSED)


async def test_a_step_that_comes_back_is_a_new_step_of_its_campaign(engine: AsyncEngine) -> None:
    await apply(engine, [ROW, SECOND], CampaignStatus.LIVE)
    [first, second] = await list_campaigns(engine)
    await apply(engine, [ROW], CampaignStatus.LIVE)

    found = await apply(engine, [ROW, SECOND], CampaignStatus.DRAFT)

    assert found.added == (SECOND,)
    assert await list_campaigns(engine) == (first, second)


async def test_what_the_steps_share_is_stored_once_and_changes_for_all(engine: AsyncEngine) -> None:
    await apply(engine, [ROW, SECOND], CampaignStatus.LIVE)
    await apply(engine, [ROW], CampaignStatus.LIVE)
    renamed = replace(ROW, name="Cart", trigger_event="CUSTOM:cart", priority=7)

    await apply(engine, [renamed], CampaignStatus.LIVE)

    _, removed = await list_campaigns(engine, with_removed=True)
    assert removed.row == replace(SECOND, name="Cart", trigger_event="CUSTOM:cart", priority=7)


async def test_starting_returns_the_number_of_steps(engine: AsyncEngine) -> None:
    await apply(engine, [ROW, SECOND], CampaignStatus.DRAFT)
    assert await set_status(engine, "abandoned-cart", CampaignStatus.LIVE) == 2
    assert await set_status(engine, "unheard-of", CampaignStatus.LIVE) == 0
    assert set((await statuses(engine)).values()) == {"live"}
