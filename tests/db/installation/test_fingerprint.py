"""The identity key's fingerprint: kept on first use, compared ever after."""

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from db.installation.fingerprint import IdentityKeyMismatch, check_identity_key
from db.schema.tables import Installation


async def test_the_first_fingerprint_is_kept(engine: AsyncEngine, clean_database: None) -> None:
    await check_identity_key(engine, "a" * 64)
    await check_identity_key(engine, "a" * 64)

    with pytest.raises(IdentityKeyMismatch, match="start with the original key"):
        await check_identity_key(engine, "b" * 64)

    async with engine.connect() as connection:
        assert (await connection.scalars(select(Installation.identity_key_fingerprint))).all() == ["a" * 64]


async def test_of_two_keys_at_once_one_passes(engine: AsyncEngine, clean_database: None) -> None:
    attempts = [check_identity_key(engine, digit * 64) for digit in "abab"]

    results = await asyncio.gather(*attempts, return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["IdentityKeyMismatch"] * 2 + ["NoneType"] * 2
