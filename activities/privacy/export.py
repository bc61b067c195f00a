"""A customer's data as one JSON file that only the user of the worker can read."""

import asyncio
import os
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity

from activities.privacy.messages import ExportAt
from activities.privacy.plain_errors import plain_errors
from db.customers import tombstones
from db.customers.exports import load_everything

OWNER_ONLY = 0o600


class CustomerExport:
    """The activity that writes a customer's data into a directory of the worker's machine."""

    def __init__(self, engine: AsyncEngine, directory: Path) -> None:
        self._engine = engine
        self._directory = directory.absolute()

    @activity.defn(name="export_customer")
    async def write(self, request: ExportAt) -> str:
        """The path of the file."""
        async with plain_errors():
            document = await customer_document(self._engine, request.customer_id, request.now)
        path = self._directory / f"{request.customer_id}-{request.now.astimezone(UTC):%Y%m%dT%H%M%SZ}.json"
        await asyncio.to_thread(write_document, path, document)
        activity.logger.info("customer exported", extra={"customer_id": request.customer_id})
        return str(path)


async def customer_document(engine: AsyncEngine, customer_id: str, now: datetime) -> dict[str, Any]:
    """Everything stored about a customer; for an unknown customer, an empty document."""
    known = await load_everything(engine, customer_id)
    erasure = await tombstones.read(engine, customer_id)
    profile = known.pop("profile")
    return {
        "customer_id": customer_id,
        "as_of": now,
        "profile": profile[0] if profile else None,
        **known,
        "events": [_event(row) for row in known["events"]],
        "messages": [_message(row) for row in known["messages"]],
        "erased": erasure and {"at": erasure.erased_at, "requested_by": erasure.requested_by},
    }


def write_document(path: Path, document: dict[str, Any]) -> None:
    """Replace the file completely or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as file:
        file.write(to_json(document, indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _event(row: dict[str, Any]) -> dict[str, Any]:
    raw = row.pop("unreadable")
    return row if raw is None else {**row, "unreadable": raw.decode(errors="replace")}


def _message(row: dict[str, Any]) -> dict[str, Any]:
    content = row.pop("content")
    if content is None:
        return row
    return {**row, "text": content.decode(errors="replace") if row["channel"] == "SMS" else _text_of(content)}


def _text_of(content: bytes) -> str:
    part = message_from_bytes(content, policy=policy.default).get_body(("plain", "html"))
    return "" if part is None else str(part.get_content())
