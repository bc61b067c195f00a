"""`retention customer fast-forward`: move one customer's clock, on the server of the local stack."""

import asyncio
import re
from datetime import datetime, timedelta
from typing import Annotated

import typer

from operations.access.temporal import connect_temporal
from operations.customers.fast_forward import fast_forward as fast_forward_customer
from operations.customers.find import CustomerRef, find_customer
from settings import Settings
from starter.commands.context import find_settings
from starter.commands.errors import UsageError
from starter.commands.options import AsJson, CustomerName, example
from starter.commands.output import moment, print_json, say

EXAMPLE = example("retention customer fast-forward ada@example.com 91d")
DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")
LONGEST = timedelta(days=3650)


def fast_forward(
    customer: CustomerName,
    duration: Annotated[str, typer.Argument(help="How far: days, hours, minutes, as 91d, 2h or 1d12h.")],
    as_json: AsJson = False,
) -> None:
    """Let time pass for one customer, as fast as the server can: everything that falls due on the way happens.

    Takes about a second for each timer. Only the server of `retention dev` can do it.
    """
    parsed = _duration(duration)
    settings = find_settings()
    found = find_customer(settings, customer)
    now = asyncio.run(_fast_forward(settings, found, parsed, quiet=as_json))
    if as_json:
        print_json({"customer_id": found.customer_id, "now": now})
    else:
        say(f"it is {moment(now)} UTC for this customer")


def _duration(text: str) -> timedelta:
    found = DURATION.fullmatch(text.strip().lower())
    if not text.strip() or found is None:
        raise UsageError("DURATION: must be days, hours and minutes, such as 91d, 2h or 1d12h")
    days, hours, minutes = (min(int(part or 0), 10**7) for part in found.groups())
    duration = timedelta(days=days, hours=hours, minutes=minutes)
    if not timedelta() < duration <= LONGEST:
        raise UsageError(f"DURATION: must be more than nothing and at most {LONGEST.days}d")
    return duration


async def _fast_forward(settings: Settings, customer: CustomerRef, duration: timedelta, *, quiet: bool) -> datetime:
    shown = ""

    def report(at: datetime, target: datetime) -> None:
        nonlocal shown
        line = f"{moment(at)} of {moment(target)}"
        if not quiet and line != shown:
            say(line)
            shown = line

    return await fast_forward_customer(await connect_temporal(settings), customer, duration, report)
