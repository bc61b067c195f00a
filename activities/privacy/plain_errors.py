"""What PostgreSQL says of a failure may repeat values of a row, and would stand in a workflow's history."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError
from temporalio.exceptions import ApplicationError


@asynccontextmanager
async def plain_errors() -> AsyncIterator[None]:
    """Let a failure of PostgreSQL tell its kind alone. The activity is tried again."""
    try:
        yield
    except SQLAlchemyError as error:
        raise ApplicationError("PostgreSQL did not do it", type=type(error).__name__) from None
