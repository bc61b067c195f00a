"""One customer now: the row in PostgreSQL, and the answer of the customer's workflow."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from db.customers.records import StoredProfile, load_profile
from operations.access.errors import NotFound, TemporalUnavailable
from operations.customers.find import CustomerRef, WorkflowAnswer, query_workflow


@dataclass(frozen=True)
class CustomerView:
    """A customer as PostgreSQL and Temporal know them; at least one of the two does."""

    customer: CustomerRef
    stored: StoredProfile | None
    workflow: WorkflowAnswer


async def show_customer(
    engine: AsyncEngine, connect: Callable[[], Awaitable[Client]], customer: CustomerRef
) -> CustomerView:
    """Return what is known of a customer. Raises `NotFound` when neither PostgreSQL nor a workflow knows them.

    `connect` opens a connection to Temporal. If it raises `TemporalUnavailable`, only PostgreSQL answers.
    """
    stored = await load_profile(engine, customer.customer_id)
    try:
        workflow = await query_workflow(await connect(), customer)
    except TemporalUnavailable as error:
        workflow = WorkflowAnswer(problem=str(error))
    if stored is None and workflow.profile is None:
        raise NotFound(f"the database has no such customer, and {workflow.problem}")
    return CustomerView(customer, stored, workflow)
