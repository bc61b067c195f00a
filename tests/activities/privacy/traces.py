"""Looking for words everywhere: in every column of every table, in every history, memo and attribute of Temporal."""

from collections.abc import Sequence

from sqlalchemy import LargeBinary
from temporalio.service import RPCError, RPCStatusCode

from db.schema.tables import Base
from tests.fixtures.shop import Shop


async def traces(shop: Shop, *words: str) -> list[str]:
    """Where any of the words occurs, in upper or lower case."""
    wanted = [word.lower() for word in words]
    return [*await _in_postgresql(shop, wanted), *await _in_temporal(shop, [word.encode() for word in wanted])]


async def _in_postgresql(shop: Shop, words: Sequence[str]) -> list[str]:
    found = []
    for name, table in Base.metadata.tables.items():
        columns = [
            f"encode({column.name}, 'escape')" if isinstance(column.type, LargeBinary) else f"{column.name}::text"
            for column in table.columns
        ]
        rows = await shop.rows(f"SELECT concat_ws(' ', {', '.join(columns)}) AS text FROM {name}")
        found += [name for row in rows for word in words if word in row["text"].lower()]
    return found


async def _in_temporal(shop: Shop, words: Sequence[bytes]) -> list[str]:
    found = []
    async for run in shop.client.list_workflows(f"TaskQueue = '{shop.settings.task_queue}'"):
        handle = shop.client.get_workflow_handle(run.id, run_id=run.run_id)
        try:
            stored = [(await handle.describe()).raw_description, *(await handle.fetch_history()).events]
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            # Deleted already: the list is a moment behind.
            continue
        found += [run.id for part in stored for word in words if word in part.SerializeToString().lower()]
    return found
