"""The life of a text by a language model: claimed, written and stored once, then approved or rejected by people.

Every function is one statement and one round trip. The writer of a text holds it by a `fence` and a lease, by the
database's clock: if a thousand customers need it at once, it is written once. Whether a text has expired depends on
the caller's `now`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine.connections import json_text

_COLUMNS = """
    content_key, slug, sku, product_name, language, model, prompt, status, reason, body, input_tokens, output_tokens,
    cost, fence, created_at, expires_at, decided_at,
    greatest(lease_until - clock_timestamp(), interval '0') AS lease_left
"""

_FIND = text(f"""
    WITH reopened AS (
      UPDATE written_contents SET status = 'PENDING'
      WHERE content_key = ANY(:keys) AND :approval AND status = 'APPROVED' AND decided_at IS NULL)
    SELECT {_COLUMNS} FROM written_contents WHERE content_key = ANY(:keys)
""")

_TAKE = text("""
    INSERT INTO written_contents AS content
      (content_key, slug, sku, product_name, language, model, prompt, status, fence, lease_until)
    VALUES (:content_key, :slug, :sku, :product_name, :language, :model, :prompt, 'WRITING', :fence,
            clock_timestamp() + :lease)
    ON CONFLICT (content_key) DO UPDATE SET
      status = 'WRITING', fence = excluded.fence, lease_until = excluded.lease_until, slug = excluded.slug,
      reason = NULL, body = NULL, input_tokens = 0, output_tokens = 0, cost = 0,
      created_at = excluded.created_at, expires_at = NULL, decided_at = NULL
    WHERE (content.status = 'WRITING' AND (content.lease_until <= clock_timestamp() OR content.fence = :fence))
       OR (content.status = 'FAILED' AND content.lease_until <= clock_timestamp())
       OR (content.status IN ('PENDING', 'APPROVED') AND content.expires_at <= :now)
    RETURNING content_key
""")

_KEEP = text("""
    UPDATE written_contents
    SET status = :status, body = CAST(:body AS jsonb), input_tokens = :input_tokens, output_tokens = :output_tokens,
        cost = :cost, expires_at = :expires_at, lease_until = NULL
    WHERE content_key = :content_key AND status = 'WRITING' AND fence = :fence
    RETURNING content_key
""")

_GIVE_UP = text("""
    UPDATE written_contents
    SET status = :status, reason = :reason, lease_until = clock_timestamp() + :pause, fence = NULL,
        input_tokens = :input_tokens, output_tokens = :output_tokens, cost = :cost
    WHERE content_key = :content_key AND status = 'WRITING' AND fence = :fence
    RETURNING content_key
""")

_LIST = text(f"""
    SELECT {_COLUMNS} FROM written_contents
    WHERE status = ANY(:statuses) AND (CAST(:slug AS text) IS NULL OR slug = :slug)
    ORDER BY created_at DESC, content_key LIMIT :most
""")

_BEGINNING_WITH = text(f"""
    SELECT {_COLUMNS} FROM written_contents WHERE starts_with(content_key, :prefix) ORDER BY content_key LIMIT :most
""")

_DECIDE = text("""
    UPDATE written_contents SET status = :status, decided_at = :now
    WHERE content_key = ANY(:keys) AND status IN ('PENDING', 'APPROVED', 'REJECTED')
    RETURNING content_key
""")


@dataclass(frozen=True)
class NewContent:
    """What a text is written from. `content_key` is the SHA-256 of everything that decides its words."""

    content_key: str
    slug: str
    sku: str
    product_name: str
    language: str
    model: str
    prompt: str


@dataclass(frozen=True)
class Spent:
    """What a request took, as far as the model reported it; `cost` is in the currency of the configured prices."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)

    @property
    def tokens(self) -> int:
        """Read and written together."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True)
class ContentRecord(NewContent):
    """A stored text; see `db.schema.tables.contents`. `lease_left` is how long its writer still holds it."""

    status: str
    reason: str | None
    body: dict[str, Any] | None
    spent: Spent
    fence: str | None
    created_at: datetime
    expires_at: datetime | None
    decided_at: datetime | None
    lease_left: timedelta


class Contents:
    """Statements on texts. A write returns whether the text was in the expected status."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, keys: Sequence[str], *, approval: bool) -> dict[str, ContentRecord]:
        """Return stored texts by key. With `approval`, approved texts that no person has decided on become PENDING."""
        return {found.content_key: found for found in await self._read(_FIND, keys=list(keys), approval=approval)}

    async def take(self, content: NewContent, fence: str, lease: timedelta, now: datetime) -> bool:
        """Claim a text in order to write it: a missing or expired one, or one whose writer stopped or failed.

        The same `fence` may repeat it. A rejected text stays rejected, however old it is.
        """
        return await self._write(_TAKE, **vars(content), fence=fence, lease=lease, now=now)

    async def keep(
        self, key: str, fence: str, body: dict[str, Any], spent: Spent, expires_at: datetime, *, approval: bool
    ) -> bool:
        """Store what was written: PENDING where `approval` is required, else APPROVED."""
        status = "PENDING" if approval else "APPROVED"
        values = {"body": json_text(body), "status": status, "expires_at": expires_at}
        return await self._write(_KEEP, content_key=key, fence=fence, **values, **_columns(spent))

    async def defer(self, key: str, fence: str, reason: str, pause: timedelta, spent: Spent) -> bool:
        """Release it for another attempt after the `pause`; until then it has this `reason`."""
        return await self._give_up(key, fence, "WRITING", reason, pause, spent)

    async def fail(self, key: str, fence: str, reason: str, pause: timedelta, spent: Spent) -> bool:
        """Mark it FAILED for this `reason`; there is no other attempt before the `pause` is over."""
        return await self._give_up(key, fence, "FAILED", reason, pause, spent)

    async def list(self, statuses: Sequence[str], slug: str | None, most: int) -> tuple[ContentRecord, ...]:
        """Return texts in these statuses, the newest first, of one campaign or of all."""
        return await self._read(_LIST, statuses=list(statuses), slug=slug, most=most)

    async def beginning_with(self, prefix: str, most: int) -> tuple[ContentRecord, ...]:
        """Return texts by the beginning of their keys."""
        return await self._read(_BEGINNING_WITH, prefix=prefix, most=most)

    async def decide(self, keys: Sequence[str], now: datetime, *, approved: bool) -> frozenset[str]:
        """Approve or reject texts; return the keys of those that could be decided on."""
        values = {"keys": list(keys), "now": now, "status": "APPROVED" if approved else "REJECTED"}
        async with self._engine.connect() as connection:
            return frozenset((await connection.execute(_DECIDE, values)).scalars())

    async def _give_up(self, key: str, fence: str, status: str, reason: str, pause: timedelta, spent: Spent) -> bool:
        values = {"status": status, "reason": reason, "pause": pause}
        return await self._write(_GIVE_UP, content_key=key, fence=fence, **values, **_columns(spent))

    async def _read(self, statement: TextClause, **values: Any) -> tuple[ContentRecord, ...]:
        async with self._engine.connect() as connection:
            return tuple(_stored(row) for row in (await connection.execute(statement, values)).mappings())

    async def _write(self, statement: TextClause, **values: Any) -> bool:
        async with self._engine.connect() as connection:
            return (await connection.execute(statement, values)).one_or_none() is not None


def _columns(spent: Spent) -> dict[str, Any]:
    return {"input_tokens": spent.input_tokens, "output_tokens": spent.output_tokens, "cost": spent.cost}


def _stored(row: Any) -> ContentRecord:
    columns = dict(row)
    spent = Spent(columns.pop("input_tokens"), columns.pop("output_tokens"), columns.pop("cost"))
    return ContentRecord(**{**columns, "lease_left": columns["lease_left"] or timedelta(), "spent": spent})
