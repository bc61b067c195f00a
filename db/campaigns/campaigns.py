"""Campaigns: listed, made equal to a file, started and paused. Matched by slug and step, never deleted."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.schema.tables import CampaignDefinition, CampaignStep
from db.schema.tables.campaigns import SHARED_COLUMNS
from lifecycle.campaign_file import CampaignRow
from lifecycle.campaigns import Approval, CampaignStatus, Exit, Purpose, Repeat
from lifecycle.wording import wording_of

_LIST = text("SELECT * FROM campaign_steps ORDER BY slug, step")

_SET_STATUS = text("""
    WITH changed AS (
      UPDATE campaign_definitions SET status = :status, updated_at = now() WHERE slug = :slug RETURNING slug)
    SELECT count(*) FROM campaigns JOIN changed USING (slug) WHERE removed_at IS NULL
""")

_OF_STEP = frozenset({"step", "delay_hours", "subject", "preheader", "template_body", "locales", "variants"})
"""Columns of a step. All others are its campaign's."""


@dataclass(frozen=True)
class StoredCampaign:
    """One step as the database has it; `is_removed` when its campaign no longer has it."""

    id: int
    status: CampaignStatus
    row: CampaignRow
    is_removed: bool = False


@dataclass(frozen=True)
class ChangedStep:
    """A step with a different text or rule: `fields` gives old and new by name."""

    row: CampaignRow
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class CampaignDifference:
    """What applying a file does. `missing` campaigns are only in the database and stay as they are.

    `removed` are steps of a campaign that is still in the file: nothing plans them again, and what was planned waits.
    """

    added: tuple[CampaignRow, ...] = ()
    changed: tuple[ChangedStep, ...] = ()
    unchanged: tuple[CampaignRow, ...] = ()
    missing: tuple[CampaignRow, ...] = ()
    removed: tuple[CampaignRow, ...] = ()


def difference(existing: Iterable[StoredCampaign], wanted: Iterable[CampaignRow]) -> CampaignDifference:
    """Compare by slug and step. The status is not compared; a removed step that is wanted again is added."""
    known = {(found.row.slug, found.row.step): found.row for found in existing if not found.is_removed}
    rows = {(row.slug, row.step): row for row in wanted}
    slugs = {slug for slug, _ in rows}
    both = [(known[place], row) for place, row in rows.items() if place in known]
    gone = [row for place, row in known.items() if place not in rows]
    return CampaignDifference(
        added=tuple(row for place, row in rows.items() if place not in known),
        changed=tuple(ChangedStep(new, _changes(old, new)) for old, new in both if old != new),
        unchanged=tuple(new for old, new in both if old == new),
        missing=tuple(row for row in gone if row.slug not in slugs),
        removed=tuple(row for row in gone if row.slug in slugs),
    )


async def list_campaigns(engine: AsyncEngine, *, with_removed: bool = False) -> tuple[StoredCampaign, ...]:
    """Every step of every campaign, by slug and step; without those that were removed unless asked for."""
    async with engine.connect() as connection:
        return tuple(found for found in await _read(connection) if with_removed or not found.is_removed)


async def apply(engine: AsyncEngine, rows: Iterable[CampaignRow], status_for_new: CampaignStatus) -> CampaignDifference:
    """Make the database equal to the file, all or nothing, and return what that changed.

    A new campaign gets `status_for_new`. The status of a known one stays what it is, so that a pause is never undone,
    and holds for all of its steps.
    """
    wanted = tuple(rows)
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="READ COMMITTED")
        async with connection.begin():
            found = difference(await _read(connection), wanted)
            news = (*found.added, *(changed.row for changed in found.changed))
            await _write_campaigns(connection, news, status_for_new)
            await _write_steps(connection, news)
            await _remove_steps(connection, found.removed)
    return found


async def set_status(engine: AsyncEngine, slug: str, status: CampaignStatus) -> int:
    """Start, pause or withdraw a campaign; how many steps it has, 0 for an unknown slug."""
    async with engine.connect() as connection:
        return int((await connection.execute(_SET_STATUS, {"slug": slug, "status": status.value})).scalar_one())


async def _read(connection: AsyncConnection) -> tuple[StoredCampaign, ...]:
    return tuple(
        StoredCampaign(
            id=values["id"],
            status=CampaignStatus(values["status"]),
            row=_row(values),
            is_removed=values["removed_at"] is not None,
        )
        for values in (await connection.execute(_LIST)).mappings()
    )


async def _write_campaigns(
    connection: AsyncConnection, rows: Iterable[CampaignRow], status_for_new: CampaignStatus
) -> None:
    """Upsert what the steps of each campaign share; a foreign key passes a new name or trigger on to every step."""
    campaigns = {row.slug: _campaign_values(row) for row in rows}
    if not campaigns:
        return
    given = insert(CampaignDefinition).values(
        [{**values, "status": status_for_new.value} for values in campaigns.values()]
    )
    columns = next(iter(campaigns.values())).keys() - {"slug"}
    news = {name: given.excluded[name] for name in columns}
    await connection.execute(
        given.on_conflict_do_update(index_elements=["slug"], set_={**news, "updated_at": func.now()})
    )


async def _write_steps(connection: AsyncConnection, rows: Iterable[CampaignRow]) -> None:
    steps = [_step_values(row) for row in rows]
    if not steps:
        return
    given = insert(CampaignStep).values(steps)
    news = {name: given.excluded[name] for name in steps[0].keys() - {"slug", "step"}}
    await connection.execute(
        given.on_conflict_do_update(
            index_elements=["slug", "step"], set_={**news, "removed_at": None, "updated_at": func.now()}
        )
    )


async def _remove_steps(connection: AsyncConnection, rows: Iterable[CampaignRow]) -> None:
    for row in rows:
        await connection.execute(
            update(CampaignStep)
            .where(CampaignStep.slug == row.slug, CampaignStep.step == row.step)
            .values(removed_at=func.now(), updated_at=func.now())
        )


def _changes(old: CampaignRow, new: CampaignRow) -> dict[str, tuple[Any, Any]]:
    before, after = _values(old), _values(new)
    changed = [name for name in after if before[name] != after[name]]
    return {"body" if name == "template_body" else name: (before[name], after[name]) for name in changed}


def _campaign_values(row: CampaignRow) -> dict[str, Any]:
    return {name: value for name, value in _values(row).items() if name not in _OF_STEP}


def _step_values(row: CampaignRow) -> dict[str, Any]:
    return {name: value for name, value in _values(row).items() if name in _OF_STEP.union(SHARED_COLUMNS)}


def _values(row: CampaignRow) -> dict[str, Any]:
    """The columns of a step and of its campaign. The table calls the body `template_body`."""
    values = asdict(row)
    wording = values.pop("wording")
    body = wording.pop("body")
    return {**values, **wording, "template_body": body, "exit_on": [str(exit_) for exit_ in row.exit_on]}


def _row(values: Mapping[Any, Any]) -> CampaignRow:
    return CampaignRow(
        slug=values["slug"],
        step=values["step"],
        name=values["name"],
        trigger_event=values["trigger_event"],
        channel=values["channel"],
        purpose=Purpose(values["purpose"]),
        delay_hours=values["delay_hours"],
        expires_hours=values["expires_hours"],
        repeat=Repeat(values["repeat"]),
        repeat_after_days=values["repeat_after_days"],
        exit_on=tuple(Exit(exit_) for exit_ in values["exit_on"]),
        max_products=values["max_products"],
        priority=values["priority"],
        wording=wording_of(values),
        conditions=values["conditions"],
        send_at_hour=values["send_at_hour"],
        holdout=values["holdout"],
        coupon_pool=values["coupon_pool"],
        coupon_fallback=values["coupon_fallback"],
        approval=Approval(values["approval"]),
    )
