"""Whether a database has the tables that this release works with."""

from functools import cache
from pathlib import Path

from alembic.script import ScriptDirectory
from psycopg.errors import UndefinedTable
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

_VERSION = text("SELECT version_num FROM alembic_version")


async def has_tables(engine: AsyncEngine) -> bool:
    """Whether the migrations of this release have run; those of a later one are good, too.

    While a new release is rolled out, its migrations run first and processes of the old one live on.
    """
    try:
        async with engine.connect() as connection:
            version = (await connection.execute(_VERSION)).scalar_one_or_none()
    except ProgrammingError as error:
        if isinstance(error.orig, UndefinedTable):
            return False
        raise
    return version is not None and version not in _outdated()


@cache
def _outdated() -> frozenset[str]:
    scripts = ScriptDirectory(str(Path(__file__).parent / "migrations"))
    return frozenset(script.revision for script in scripts.walk_revisions()) - {scripts.get_current_head()}
