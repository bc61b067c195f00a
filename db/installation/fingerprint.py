"""Guards the identity key: with another one every customer would get a second workflow."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from db.schema.tables import Installation


class IdentityKeyMismatch(Exception):
    """The identity key is not the one that this database's customers were named with."""


async def check_identity_key(engine: AsyncEngine, fingerprint: str) -> None:
    """Store `fingerprint` (64 hexadecimal digits) on first use; later, raise `IdentityKeyMismatch` if it differs.

    One statement, so that of two processes starting at once with different keys exactly one passes.
    """
    stored = Installation.identity_key_fingerprint
    first = insert(Installation).values(identity_key_fingerprint=fingerprint)
    keep = first.on_conflict_do_update(index_elements=["id"], set_={stored.key: stored}).returning(stored)
    async with engine.connect() as connection:
        known = await connection.scalar(keep)
    if known != fingerprint:
        raise IdentityKeyMismatch(
            "the identity key differs from the one this database was set up with: start with the original key, or"
            " use another database; with a new key every customer would get a second workflow"
        )
