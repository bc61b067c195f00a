"""`retention customer fast-forward`: move one customer's clock, on a server made for it."""

import asyncio
import re
from datetime import datetime, timedelta
from typing import Annotated

import typer
from temporalio.service import RPCError, RPCStatusCode

from localstack.story.clock import CustomerClock
from operations.access.connections import connect_temporal
from operations.customers.find import CustomerRef, find_customer, query_profile
from settings import Settings
from starter.commands.context import find_settings
from starter.commands.errors import Failed, WrongUse
from starter.commands.options import AsJson, CustomerName, example
from starter.commands.output import moment, print_json, say

EXAMPLE = example("retention customer fast-forward ada@example.com 91d")
SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")
LONGEST = timedelta(days=3650)
UNABLE = (RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.INVALID_ARGUMENT)
REFUSED = "this Temporal server keeps real time: customers are fast-forwarded on the one of `retention dev` only"


def fast_forward(
    customer: CustomerName,
    duration: Annotated[str, typer.Argument(help="How far: days, hours, minutes, as 91d, 2h or 1d12h.")],
    as_json: AsJson = False,
) -> None:
    """Let time pass for one customer, as fast as the server can: whatever falls due on the way happens.

    Takes about a second for each thing that is due. Refused by a server that is not made for it.
    """
    span = _span(duration)
    settings = find_settings()
    named = find_customer(settings, customer)
    now = asyncio.run(_forward(settings, named, span, quiet=as_json))
    if as_json:
        print_json({"customer_id": named.customer_id, "now": now})


def _span(text: str) -> timedelta:
    found = SPAN.fullmatch(text.strip().lower())
    if not text.strip() or found is None:
        raise WrongUse("DURATION: must be days, hours and minutes, such as 91d, 2h or 1d12h")
    days, hours, minutes = (min(int(part or 0), 10**7) for part in found.groups())
    span = timedelta(days=days, hours=hours, minutes=minutes)
    if not timedelta() < span <= LONGEST:
        raise WrongUse(f"DURATION: must be more than nothing and at most {LONGEST.days}d")
    return span


async def _forward(settings: Settings, named: CustomerRef, span: timedelta, *, quiet: bool) -> datetime:
    _, trouble = await query_profile(settings, named)
    if trouble:
        raise Failed(f"time stands still for this customer: {trouble}")
    client = await connect_temporal(settings)
    clock = CustomerClock(client, named.workflow_id)
    target = await clock.now() + span
    moving = asyncio.create_task(clock.forward(target))
    shown = ""
    while not (await asyncio.wait([moving], timeout=1))[0]:
        at = moment(await clock.now())
        if not quiet and at != shown:
            say(f"{at} of {moment(target)}")
            shown = at
    try:
        await moving
    except RPCError as error:
        if error.status in UNABLE:
            raise Failed(REFUSED) from error
        raise
    reached = await clock.now()
    if not quiet:
        say(f"it is {moment(reached)} UTC for this customer")
    return reached
