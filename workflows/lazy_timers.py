"""Timers that are never cancelled.

When a deadline moves later, its timer keeps running: it fires, finds nothing due, and is armed again. Only a deadline
earlier than every running timer needs a new one, so that a burst of cart updates costs no timers.
"""

import asyncio
import math
from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow


class LazyTimers:
    """The running timers of one workflow run; `fired` is called whenever one fires."""

    def __init__(self, fired: Callable[[], None]) -> None:
        self._running: dict[datetime, asyncio.Task[None]] = {}
        self._fired = fired

    def arm(self, deadline: datetime, summary: str) -> None:
        """Ensure that a timer fires at `deadline` or before."""
        if any(at <= deadline for at in self._running):
            return
        # Rounded up: a timer that fires a moment too early would find nothing due and cost another one.
        seconds = max(1, math.ceil((deadline - workflow.now()).total_seconds()))
        self._running[deadline] = asyncio.create_task(self._sleep(deadline, seconds, summary))

    async def _sleep(self, deadline: datetime, seconds: int, summary: str) -> None:
        await workflow.sleep(timedelta(seconds=seconds), summary=summary)
        del self._running[deadline]
        self._fired()
