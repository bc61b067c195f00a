"""Reads everything that PostgreSQL stores about one customer."""

from sqlalchemy.ext.asyncio import AsyncEngine

from db.customers.records import CustomerRecord, load_record
from operations.access.errors import NotFound
from operations.customers.find import CustomerRef


async def read_record(engine: AsyncEngine, customer: CustomerRef) -> CustomerRecord:
    """Read a customer's profile, events, transitions and messages. Raises `NotFound` when there are none."""
    record = await load_record(engine, customer.customer_id)
    if record.profile is None and not record.events and not record.messages:
        raise NotFound("no such customer: the database has no rows of this id")
    return record
