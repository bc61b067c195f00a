"""Coupon codes: each is given to one message, and is free again if that message is not sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

# A statement that ends the message waits for its row, and then sees what was reserved.
_RESERVE = text("""
    WITH planned AS (
      SELECT message_key FROM communications_log WHERE message_key = :key AND status = 'PLANNED' FOR UPDATE),
    held AS (SELECT pool, code, expires_at FROM coupon_codes WHERE message_key = :key),
    taken AS (
      UPDATE coupon_codes SET message_key = :key, reserved_at = :now
      WHERE EXISTS (SELECT FROM planned) AND NOT EXISTS (SELECT FROM held) AND (pool, code) = (
        SELECT pool, code FROM coupon_codes
        WHERE pool = :pool AND message_key IS NULL AND (expires_at IS NULL OR expires_at > :now)
        ORDER BY sequence LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING code)
    SELECT code, pool = :pool AND (expires_at IS NULL OR expires_at > :now) AS is_valid FROM held
    UNION ALL SELECT code, true FROM taken
""")

_RELEASE = text("""
    UPDATE coupon_codes SET message_key = NULL, reserved_at = NULL
    WHERE code = :code AND message_key = (
      SELECT message_key FROM communications_log WHERE message_key = :key AND status = 'PLANNED' FOR UPDATE)
""")

_KNOWN = text(
    "SELECT code, pool, message_key IS NOT NULL AS is_taken FROM coupon_codes WHERE code = ANY(CAST(:codes AS text[]))"
)

_ADD = text("""
    INSERT INTO coupon_codes (pool, code, sequence, expires_at)
    SELECT given.pool, code, place + (SELECT coalesce(max(sequence), 0) FROM coupon_codes AS known
                                      WHERE known.pool = given.pool), CAST(:expires_at AS timestamptz)
    FROM (SELECT CAST(:pool AS text) AS pool, code, place
          FROM unnest(CAST(:codes AS text[])) WITH ORDINALITY AS listed(code, place)) AS given
    ON CONFLICT DO NOTHING
    RETURNING code
""")

_POOLS = text("""
    WITH used AS (
      SELECT coupon_pool AS pool, array_agg(slug ORDER BY slug) AS campaigns
      FROM campaign_definitions WHERE coupon_pool IS NOT NULL GROUP BY coupon_pool),
    counted AS (
      SELECT coupon.pool, count(*) AS codes,
             count(*) FILTER (WHERE coupon.message_key IS NULL AND coupon.expires_at <= :now) AS expired,
             count(*) FILTER (WHERE message.status IN ('PLANNED', 'CLAIMED')) AS reserved,
             count(*) FILTER (WHERE coupon.message_key IS NOT NULL
                              AND (message.status IS NULL OR message.status NOT IN ('PLANNED', 'CLAIMED'))) AS given
      FROM coupon_codes AS coupon LEFT JOIN communications_log AS message USING (message_key) GROUP BY coupon.pool)
    SELECT pool, coalesce(codes, 0) AS codes, coalesce(expired, 0) AS expired, coalesce(reserved, 0) AS reserved,
           coalesce(given, 0) AS given, coalesce(campaigns, '{}') AS campaigns
    FROM counted FULL JOIN used USING (pool) ORDER BY pool
""")

FEW = 10
FEW_OF = 10


@dataclass(frozen=True)
class Pool:
    """How many codes a pool has, and their state. A pool without codes is one that `campaigns` name.

    `reserved` are with messages that wait to be sent, `given` with those that were or may have been.
    """

    name: str
    codes: int
    expired: int
    reserved: int
    given: int
    campaigns: tuple[str, ...]

    @property
    def free(self) -> int:
        """Codes for messages to come."""
        return self.codes - self.expired - self.reserved - self.given

    @property
    def few_left(self) -> bool:
        """Whether more codes are needed soon: fewer than ten are free, or than a tenth of all."""
        return self.free < max(FEW, self.codes / FEW_OF)


@dataclass(frozen=True)
class KnownCode:
    """A code that is there already; `is_taken` when a message has it."""

    pool: str
    is_taken: bool


async def reserve(engine: AsyncEngine, pool: str, message_key: str, now: datetime) -> str | None:
    """Return the code that a planned message gives away; repeated calls return the same one.

    None if the pool is empty, or the message is no longer planned. A code is exchanged only if it has expired since,
    or if it belongs to another pool than the campaign names now.
    """
    values = {"pool": pool, "key": message_key, "now": now}
    async with engine.connect() as connection:
        while True:
            try:
                found = (await connection.execute(_RESERVE, values)).one_or_none()
            except IntegrityError:
                # Another attempt at the same message has just taken one.
                continue
            if found is None:
                return None
            if found.is_valid:
                return str(found.code)
            if not (await connection.execute(_RELEASE, {"key": message_key, "code": found.code})).rowcount:
                return None


async def known_codes(engine: AsyncEngine, codes: Sequence[str]) -> dict[str, KnownCode]:
    """Return those of the codes that are in a pool already."""
    async with engine.connect() as connection:
        rows = await connection.execute(_KNOWN, {"codes": list(codes)})
        return {row.code: KnownCode(row.pool, row.is_taken) for row in rows}


async def add_codes(engine: AsyncEngine, pool: str, codes: Sequence[str], expires_at: datetime | None) -> set[str]:
    """Append codes to a pool; return those that were new."""
    async with engine.connect() as connection:
        values = {"pool": pool, "codes": list(codes), "expires_at": expires_at}
        return set((await connection.execute(_ADD, values)).scalars())


async def list_pools(engine: AsyncEngine, now: datetime) -> tuple[Pool, ...]:
    """Return every pool that has codes or that a campaign names, by name."""
    async with engine.connect() as connection:
        rows = await connection.execute(_POOLS, {"now": now})
        return tuple(
            Pool(row.pool, row.codes, row.expired, row.reserved, row.given, tuple(row.campaigns)) for row in rows
        )
