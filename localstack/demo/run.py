"""Run all customers of the demo concurrently, then load and check what PostgreSQL stored about them."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from temporalio.service import RPCError

from db.customers.records import CustomerRecord, load_record
from localstack.demo.check import problems
from localstack.demo.context import DemoContext
from localstack.demo.runner import CustomerRunner, OnStep, StepFailed
from localstack.demo.steps import DemoCustomer


async def run_customers(context: DemoContext, customers: tuple[DemoCustomer, ...], on_step: OnStep) -> tuple[str, ...]:
    """Run all customers to the end. Returns one line for each customer for whom a step failed."""
    results = await asyncio.gather(*(_run(context, customer, on_step) for customer in customers))
    return tuple(line for line in results if line is not None)


async def load_records(context: DemoContext, customers: tuple[DemoCustomer, ...]) -> dict[str, CustomerRecord]:
    """What PostgreSQL stored about each customer, by address."""
    return {
        customer.email: await load_record(context.engine, context.storefront.customer_id(customer.email))
        for customer in customers
    }


def check_records(
    customers: tuple[DemoCustomer, ...], records: Mapping[str, CustomerRecord], mails: Path, texts: Path
) -> tuple[str, ...]:
    """Missing and unexpected messages, one line each; empty when every expected message was sent, and no other."""
    return tuple(line for customer in customers for line in problems(customer, records[customer.email], mails, texts))


async def _run(context: DemoContext, customer: DemoCustomer, on_step: OnStep) -> str | None:
    try:
        await CustomerRunner(context, customer, on_step).run()
    except StepFailed as error:
        return str(error)
    except RPCError as error:
        return f"{customer.first_name}: Temporal answers {error.status.name.lower().replace('_', ' ')}"
    return None
