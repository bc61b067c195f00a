"""Imports suppressions: addresses that must get no more messages, from the shop's previous system."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from db.customers.imports import suppress
from lifecycle.gate import SuppressionReason
from operations.importing.columns import Columns, Format
from operations.importing.contacts import read_address
from operations.importing.importer import ImportRequest, ImportTarget
from operations.importing.progress import ImportProgress, ProgressCounter
from operations.importing.reading import open_rows, read_rows
from operations.importing.refusal import RowRefused
from operations.importing.refused_rows import RefusedRows
from operations.importing.summary import ImportSummary
from operations.importing.times import TimeReader
from retention_client.identity import customer_id

CHANNELS = ("EMAIL", "SMS")
MILDEST_FIRST = (
    SuppressionReason.UNSUBSCRIBE,
    SuppressionReason.MANUAL,
    SuppressionReason.HARD_BOUNCE,
    SuppressionReason.COMPLAINT,
)
"""An unsubscription ends when its customer agrees again; a complaint never ends."""

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
    """A row: an address, its suppressed channels, the reason, and since when."""

    email: str
    channels: tuple[str, ...]
    reason: SuppressionReason
    at: datetime | None


def read_suppression(_: int, fields: Mapping[str, str], times: TimeReader) -> SuppressedAddress:
    """A row, checked. Raises `RowRefused`."""
    channel = fields.get("channel", "").upper()
    if channel and channel not in CHANNELS:
        raise RowRefused("channel: must be EMAIL or SMS")
    try:
        reason = SuppressionReason(fields.get("reason", SuppressionReason.MANUAL).lower().replace(" ", "_"))
    except ValueError:
        raise RowRefused(f"reason: must be one of {', '.join(SuppressionReason)}") from None
    at = times.read("suppressed_at", fields.get("suppressed_at", ""))
    return SuppressedAddress(read_address(fields), (channel,) if channel else CHANNELS, reason, at)


async def import_suppressions(
    request: ImportRequest, target: ImportTarget | None, progress: ImportProgress
) -> ImportSummary:
    """Import a list; without a target, only count it. Raises `InvalidFile`."""
    summary = ImportSummary(str(request.file), "suppressions", request.times.as_of, dry_run=target is None)
    reading = ProgressCounter(progress, "reading", request.file.stat().st_size, "rows")
    with (
        open_rows(request.file, request.encoding, reading) as rows,
        RefusedRows(request.refused, rows.header, request.encoding) as refused_rows,
    ):
        columns = Columns(rows.header, SUPPRESSIONS, request.columns)

        def usable() -> Iterator[SuppressedAddress]:
            lines = read_rows(rows, columns, lambda number, fields: read_suppression(number, fields, request.times))
            for row, _, line in lines:
                summary.rows += 1
                reading.add()
                if isinstance(line, str):
                    refused_rows.add(row.number, row.cells, line)
                else:
                    yield line

        found = usable()
        while batch := list(islice(found, BATCH)):
            summary.suppressed += len(_most_severe(batch)) if target is None else await _store(batch, request, target)
        reading.finish()
    summary.refused = refused_rows.reasons
    summary.refused_file = str(request.refused) if refused_rows.reasons else None
    return summary


async def _store(batch: list[SuppressedAddress], request: ImportRequest, target: ImportTarget) -> int:
    rows = [
        {
            "customer_id": customer_id(target.identity_key, email),
            "channel": channel,
            "reason": row.reason,
            "at": row.at or request.times.as_of,
        }
        for (email, channel), row in _most_severe(batch).items()
    ]
    return await suppress(target.engine, rows, [reason.value for reason in MILDEST_FIRST])


def _most_severe(batch: list[SuppressedAddress]) -> dict[tuple[str, str], SuppressedAddress]:
    """One row for each customer and channel: the one with the most severe reason."""
    found: dict[tuple[str, str], SuppressedAddress] = {}
    for row in batch:
        for channel in row.channels:
            known = found.get((row.email, channel))
            if known is None or MILDEST_FIRST.index(row.reason) > MILDEST_FIRST.index(known.reason):
                found[row.email, channel] = row
    return found
