"""The promise of sending: no message lost or doubled beyond what its provider makes unavoidable.

Workers are killed -9 in every window of a message's life, against a provider that honours idempotency keys and one
that knows none; what arrived is counted by the providers.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from rich.progress import Progress
from sqlalchemy.ext.asyncio import AsyncEngine

from db.campaigns.campaigns import apply
from db.engine.connections import create_engine
from lifecycle.campaigns import CampaignStatus, Purpose
from localstack.stack.stack import Stack
from settings import Settings
from tests.chaos.account import Finding
from tests.chaos.crew import Crew
from tests.chaos.load import Load, storefront_of
from tests.chaos.resend_sink import ResendSink
from tests.chaos.sending_account import account, account_of_provider, rests, rows_of
from tests.chaos.sink import Sink
from tests.chaos.smtp_sink import SmtpSink
from tests.chaos.windows import Doom, Window, deaths
from tests.faults.campaigns import OFFER, RECEIPT

SINKS = (ResendSink, SmtpSink)
CELLS = len(SINKS) * len(Purpose)
TIMEOUT_SECONDS = 2
WORKERS = 3
CUSTOMERS = 150
ORDERS_AT_ONCE = 10
MESSAGES_UNDER_WAY = 120
"""A dead worker's messages wait for ten seconds and more: enough others have to be there for the next one."""

REST_SECONDS = 480
"""At most: a message may be unlucky for the two minutes of its attempts, and then once more."""

Promises = dict[str, list[Finding]]


async def sending(kills: int, seed: int) -> Promises:
    """Kill workers so often, equally in each cell and window, and give the account by cell and by provider."""
    found: Promises = {}
    each = max(1, kills // (CELLS * len(Window)))
    with Progress(disable=not sys.stdout.isatty()) as progress:
        bar = progress.add_task("kills", total=each * CELLS * len(Window))
        for kind in SINKS:
            with TemporaryDirectory(prefix="retention-sending-") as directory:
                random = Random(seed)
                async with kind(Path(directory), random, too_late=2 * TIMEOUT_SECONDS) as sink:
                    found |= await _kill(sink, Path(directory), random, each, lambda: progress.advance(bar))
    return found


async def _kill(sink: Sink, directory: Path, random: Random, each: int, died: Callable[[], None]) -> Promises:
    settings = Settings(
        _env_file=None,
        delivery_timeout_seconds=TIMEOUT_SECONDS,
        marketing_per_day=0,
        marketing_per_week=0,
        **sink.settings,
    )
    async with Stack(settings, directory=directory / "stack", workers=0, gateway=False) as stack:
        assert stack.settings.database_url is not None
        engine = create_engine(stack.settings.database_url)
        await apply(engine, [RECEIPT, OFFER], CampaignStatus.LIVE)
        load = Load(storefront_of(stack, await stack.connect(), engine), random, CUSTOMERS)
        crew = Crew(stack.environment(), directory, sink.arrivals.directory, WORKERS)
        await _strike(crew, load, engine, sink, _dooms(random, each), died)
        rows = await rows_of(engine)
        await engine.dispose()
    noted, orders = deaths(crew.deaths), len(load.accepted)
    cells = {
        f"{sink.name}, {purpose}": account(purpose, rows, sink, orders, noted, each)
        for purpose in (Purpose.MARKETING, Purpose.TRANSACTIONAL)
    }
    return {**cells, sink.name: account_of_provider(rows, sink)}


async def _strike(
    crew: Crew, load: Load, engine: AsyncEngine, sink: Sink, dooms: Sequence[Doom], died: Callable[[], None]
) -> None:
    """Sell until all dooms are met, and then have healthy workers do what is left."""
    enough = asyncio.Event()
    selling = asyncio.create_task(_sell(load, engine, sink, enough))
    try:
        await crew.die(dooms, died)
        enough.set()
        await selling
        crew.carry_on()
        await _at_rest(load, engine, sink)
    finally:
        selling.cancel()
        crew.dismiss()


def _dooms(random: Random, each: int) -> list[Doom]:
    """So many of each kind, in any order. Not always of the first message: some have to come through."""
    kinds = [(purpose, window) for purpose in Purpose for window in Window] * each
    random.shuffle(kinds)
    return [Doom(purpose, window, nth=random.randint(2, 5)) for purpose, window in kinds]


async def _sell(load: Load, engine: AsyncEngine, sink: Sink, enough: asyncio.Event) -> None:
    while not enough.is_set():
        if await _under_way(load, engine, sink) < MESSAGES_UNDER_WAY:
            await load.sell(ORDERS_AT_ONCE)
        await asyncio.sleep(0.3)


async def _at_rest(load: Load, engine: AsyncEngine, sink: Sink) -> None:
    """Wait until nothing is under way, or for as long as it may take."""
    for _ in range(REST_SECONDS * 2):
        if await _under_way(load, engine, sink) == 0:
            return
        await asyncio.sleep(0.5)


async def _under_way(load: Load, engine: AsyncEngine, sink: Sink) -> int:
    """How many messages that the orders owe are not where they may rest."""
    return len(Purpose) * len(load.accepted) - sum(rests(row, sink) for row in await rows_of(engine))
