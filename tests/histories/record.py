"""`python -m tests.histories.record [NAME …]`: live the stored histories again on real servers, and keep them.

Names are the first names of the demo's customers in lower case, and the lives of `tests.histories.lives`; all by
default. Record anew only what may break: an old history that still replays is what these files are for.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from localstack.demo.context import DemoContext, open_context
from localstack.demo.demo_settings import demo_settings
from localstack.demo.run import run_customers
from localstack.demo.scenario import DEMO_CUSTOMERS
from localstack.stack.stack import Stack
from settings import Settings
from tests.fixtures.shop import Shop
from tests.histories.files import write
from tests.histories.lives import LIVES
from tests.histories.runs import runs_of

CUSTOMERS = {customer.first_name.lower(): customer for customer in DEMO_CUSTOMERS}
NAMES = (*CUSTOMERS, *LIVES)


async def record(names: Sequence[str]) -> None:
    """Record lives. Raises `SystemExit` when the demo did not go as expected."""
    with tempfile.TemporaryDirectory() as directory:
        settings = demo_settings(Settings(_env_file=None), Path(directory))
        async with Stack(settings, directory=Path(directory)) as stack, open_context(stack) as context:
            await _live(stack, context, [name for name in names if name in LIVES])
            await _play(context, [name for name in names if name in CUSTOMERS])


async def _live(stack: Stack, context: DemoContext, names: Sequence[str]) -> None:
    """The short lives, each stored at once: the demo's churn check would find them too."""
    assert stack.mail is not None
    assert stack.settings.database_admin_url is not None
    shop = Shop(context.client, context.engine, stack.mail, stack.settings)
    for name in names:
        email = f"{name}@example.com"
        workflow_id = await LIVES[name](shop, email, stack.settings.database_admin_url)
        if workflow_id == shop.handle(email).id:
            await shop.quiet(email)
        await _keep(context, name, workflow_id)


async def _play(context: DemoContext, names: Sequence[str]) -> None:
    """The customers of the demo."""
    problems = await run_customers(context, tuple(CUSTOMERS[name] for name in names), lambda *_: None)
    if problems:
        raise SystemExit("\n".join(problems))
    for name in names:
        await _keep(context, name, context.storefront.handle(CUSTOMERS[name].email).id)


async def _keep(context: DemoContext, name: str, workflow_id: str) -> None:
    runs = await runs_of(context.client, workflow_id)
    write(name, runs)
    print(f"{name}: {len(runs)} runs, {sum(len(run.events) for run in runs)} events")


def main(names: Sequence[str]) -> None:
    """Record what the command line names."""
    unknown = set(names) - set(NAMES)
    if unknown:
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(NAMES)}")
    asyncio.run(record(names or NAMES))


if __name__ == "__main__":
    main(sys.argv[1:])
