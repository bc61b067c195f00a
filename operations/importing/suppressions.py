"""A list of addresses that get nothing more, taken over from wherever they were kept before."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from rich.progress import Progress

from db.customers.imports import suppress
from lifecycle.gate import Suppression
from operations.importing.columns import Columns, Format
from operations.importing.contacts import address
from operations.importing.importer import Request, Target
from operations.importing.moments import Clock
from operations.importing.progress import Advance
from operations.importing.reading import opened, read_rows
from operations.importing.refusal import Refused
from operations.importing.refused_rows import RefusedRows
from operations.importing.summary import Summary
from retention_client.identity import customer_id

CHANNELS = ("EMAIL", "SMS")
SOFTEST_FIRST = (Suppression.UNSUBSCRIBE, Suppression.MANUAL, Suppression.HARD_BOUNCE, Suppression.COMPLAINT)
"""An unsubscription ends when its customer agrees anew; a complaint is never forgiven."""

BATCH = 1_000

SUPPRESSIONS = Format(
    fields=frozenset({"customer_email", "channel", "reason", "suppressed_at"}),
    required=("customer_email",),
    presets={
        "plain list": (
            frozenset({"email"}),
            {"customer_email": "email", "channel": "channel", "reason": "reason", "suppressed_at": "suppressed_at"},
        )
    },
)


@dataclass(frozen=True)
class SuppressedAddress:
    """A row: who gets nothing more on which channels, why, and since when."""

    customer: str
    channels: tuple[str, ...]
    reason: Suppression
    at: datetime | None


def read_suppression(_: int, fields: Mapping[str, str], clock: Clock) -> SuppressedAddress:
    """A row, checked. Raises `Refused`."""
    channel = fields.get("channel", "").upper()
    if channel and channel not in CHANNELS:
        raise Refused("channel: must be EMAIL or SMS")
    try:
        reason = Suppression(fields.get("reason", Suppression.MANUAL).lower().replace(" ", "_"))
    except ValueError:
        raise Refused(f"reason: must be one of {', '.join(Suppression)}") from None
    at = clock.read("suppressed_at", fields.get("suppressed_at", ""))
    return SuppressedAddress(address(fields), (channel,) if channel else CHANNELS, reason, at)


async def import_suppressions(request: Request, target: Target | None, progress: Progress) -> Summary:
    """Import a list, or, without a target, only count it. Raises `WrongFile`."""
    summary = Summary(str(request.file), "suppressions", request.clock.as_of, dry_run=target is None)
    reading = Advance(progress, "reading", request.file.stat().st_size, "rows")
    with (
        opened(request.file, request.encoding, reading) as records,
        RefusedRows(request.refused, records.header, request.encoding) as refused_rows,
    ):
        columns = Columns(records.header, SUPPRESSIONS, request.columns)

        def usable() -> Iterator[SuppressedAddress]:
            rows = read_rows(records, columns, lambda number, fields: read_suppression(number, fields, request.clock))
            for record, _, row in rows:
                summary.rows += 1
                reading.row()
                if isinstance(row, str):
                    refused_rows.add(record.number, record.cells, row)
                else:
                    yield row

        found = usable()
        while batch := list(islice(found, BATCH)):
            summary.suppressed += len(_harshest(batch)) if target is None else await _keep(batch, request, target)
        reading.finished()
    summary.refused = refused_rows.reasons
    summary.refused_file = str(request.refused) if refused_rows.reasons else None
    return summary


async def _keep(batch: list[SuppressedAddress], request: Request, target: Target) -> int:
    rows = [
        {
            "customer_id": customer_id(target.identity_key, customer),
            "channel": channel,
            "reason": row.reason,
            "at": row.at or request.clock.as_of,
        }
        for (customer, channel), row in _harshest(batch).items()
    ]
    return await suppress(target.engine, rows, [reason.value for reason in SOFTEST_FIRST])


def _harshest(batch: list[SuppressedAddress]) -> dict[tuple[str, str], SuppressedAddress]:
    """One row for each customer and channel: the one with the hardest reason."""
    found: dict[tuple[str, str], SuppressedAddress] = {}
    for row in batch:
        for channel in row.channels:
            known = found.get((row.customer, channel))
            if known is None or SOFTEST_FIRST.index(row.reason) > SOFTEST_FIRST.index(known.reason):
                found[row.customer, channel] = row
    return found
