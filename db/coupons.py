"""Coupon codes: each is given to one message, and free again when that message is not sent."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_RESERVE = text("""
    WITH mine AS (SELECT code FROM coupon_codes WHERE message_key = :key AND pool = :pool),
    taken AS (
      UPDATE coupon_codes SET message_key = :key, reserved_at = :now
      WHERE NOT EXISTS (SELECT FROM mine) AND (pool, code) = (
        SELECT pool, code FROM coupon_codes
        WHERE pool = :pool AND message_key IS NULL AND (expires_at IS NULL OR expires_at > :now)
        ORDER BY sequence LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING code)
    SELECT code FROM mine UNION ALL SELECT code FROM taken
""")


async def reserve(engine: AsyncEngine, pool: str, message_key: str, now: datetime) -> str | None:
    """The code that a message gives away, the same one whenever it is asked; None when the pool is empty."""
    async with engine.connect() as connection:
        values = {"pool": pool, "key": message_key, "now": now}
        return (await connection.execute(_RESERVE, values)).scalar_one_or_none()
