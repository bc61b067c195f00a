"""PostgreSQL's errors may quote values of a row, which must not get into a workflow's history."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError
from temporalio.exceptions import ApplicationError


@asynccontextmanager
async def plain_errors() -> AsyncIterator[None]:
    """Replace an error of PostgreSQL by one that has only its type. The activity is retried."""
    try:
        yield
    except SQLAlchemyError as error:
        raise ApplicationError("PostgreSQL failed", type=type(error).__name__) from None
