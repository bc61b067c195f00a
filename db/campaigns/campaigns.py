"""Campaigns: listed, made equal to a file, started and paused. Matched by slug and step, never deleted."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.schema.tables import Campaign as Table
from lifecycle.campaign_file import CampaignRow
from lifecycle.campaigns import Approval, CampaignStatus, Exit, Purpose, Repeat
from lifecycle.wording import wording_of

REMOVED = "REMOVED"
"""The trigger of a step that its campaign no longer has: nothing plans it again, even when the campaign is started."""


@dataclass(frozen=True)
class StoredCampaign:
    """One step as the database has it."""

    id: int
    status: CampaignStatus
    row: CampaignRow


@dataclass(frozen=True)
class ChangedStep:
    """A step whose text or rules differ: `fields` gives old and new by name."""

    row: CampaignRow
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class CampaignDifference:
    """What applying a file does. `missing` stands in the database alone and stays as it is.

    `removed` are steps of a campaign that is still in the file: they are paused, and nothing plans them again.
    """

    added: tuple[CampaignRow, ...] = ()
    changed: tuple[ChangedStep, ...] = ()
    unchanged: tuple[CampaignRow, ...] = ()
    missing: tuple[CampaignRow, ...] = ()
    removed: tuple[CampaignRow, ...] = ()


def difference(existing: Iterable[StoredCampaign], wanted: Iterable[CampaignRow]) -> CampaignDifference:
    """Compare by slug and step. A status is never a part of it."""
    known = {(found.row.slug, found.row.step): found.row for found in existing}
    rows = {(row.slug, row.step): row for row in wanted}
    slugs = {slug for slug, _ in rows}
    both = [(known[place], row) for place, row in rows.items() if place in known]
    gone = [row for place, row in known.items() if place not in rows]
    return CampaignDifference(
        added=tuple(row for place, row in rows.items() if place not in known),
        changed=tuple(ChangedStep(new, _changes(old, new)) for old, new in both if old != new),
        unchanged=tuple(new for old, new in both if old == new),
        missing=tuple(row for row in gone if row.slug not in slugs),
        removed=tuple(row for row in gone if row.slug in slugs and row.trigger_event != REMOVED),
    )


async def list_campaigns(engine: AsyncEngine) -> tuple[StoredCampaign, ...]:
    """Every step of every campaign, by slug and step."""
    async with engine.connect() as connection:
        return await _read(connection)


async def apply(engine: AsyncEngine, rows: Iterable[CampaignRow], status_for_new: CampaignStatus) -> CampaignDifference:
    """Make the database say what the file says, whole or not at all, and tell what that changed.

    A campaign that is new gets `status_for_new`; a new step of a known one gets its campaign's status; every other
    status stays what it is, so that a pause is never undone.
    """
    wanted = tuple(rows)
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="READ COMMITTED")
        async with connection.begin():
            existing = await _read(connection)
            found = difference(existing, wanted)
            await _write(connection, found, _statuses(existing), status_for_new)
    return found


async def set_status(engine: AsyncEngine, slug: str, status: CampaignStatus) -> int:
    """Start, pause or withdraw all steps of a campaign; how many steps it has."""
    change = update(Table).where(Table.slug == slug).values(status=status, updated_at=func.now())
    async with engine.connect() as connection:
        return len((await connection.execute(change.returning(Table.id))).all())


async def _read(connection: AsyncConnection) -> tuple[StoredCampaign, ...]:
    found = await connection.execute(select(Table.__table__).order_by(Table.slug, Table.step))
    return tuple(
        StoredCampaign(values["id"], CampaignStatus(values["status"]), _row(values)) for values in found.mappings()
    )


async def _write(
    connection: AsyncConnection,
    found: CampaignDifference,
    statuses: Mapping[str, CampaignStatus],
    status_for_new: CampaignStatus,
) -> None:
    rows = (*found.added, *(changed.row for changed in found.changed))
    if rows:
        values = [{**_values(row), "status": statuses.get(row.slug, status_for_new)} for row in rows]
        given = insert(Table).values(values)
        kept = {"slug", "step", "status"}
        news = {name: given.excluded[name] for name in values[0] if name not in kept}
        await connection.execute(
            given.on_conflict_do_update(index_elements=["slug", "step"], set_={**news, "updated_at": func.now()})
        )
    for row in found.removed:
        await connection.execute(
            update(Table)
            .where(Table.slug == row.slug, Table.step == row.step)
            .values(trigger_event=REMOVED, status=CampaignStatus.PAUSED, updated_at=func.now())
        )


def _statuses(existing: Iterable[StoredCampaign]) -> dict[str, CampaignStatus]:
    """The status of each campaign: that of its first step."""
    statuses: dict[str, CampaignStatus] = {}
    for found in existing:
        if found.row.trigger_event != REMOVED:
            statuses.setdefault(found.row.slug, found.status)
    return statuses


def _changes(old: CampaignRow, new: CampaignRow) -> dict[str, tuple[Any, Any]]:
    before, after = _values(old), _values(new)
    changed = [name for name in after if before[name] != after[name]]
    return {"body" if name == "template_body" else name: (before[name], after[name]) for name in changed}


def _values(row: CampaignRow) -> dict[str, Any]:
    """The columns of a row, whose body the table calls `template_body`."""
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
