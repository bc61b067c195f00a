"""The desk where texts are written, one at a time: taken, paid for, asked for, looked at and kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.writing.author import Author, Draft, NotWritten
from activities.writing.commissions import Commission
from activities.writing.guards import objection, tidied
from db import language_model_use
from db.contents import Contents, Spent
from db.language_model_use import Budget, Reservation

OUTAGE = timedelta(minutes=1)
"""After the last try nobody asks for the same text again for so long."""

BUDGET_PAUSE = timedelta(minutes=15)
REFUSED_PAUSE = timedelta(hours=1)
UNKNOWN = Spent()


@dataclass(frozen=True)
class Terms:
    """On which texts are written: within a `budget`, good for so long, each taken for at most a `lease`."""

    budget: Budget
    good_for: timedelta
    lease: timedelta


class Desk:
    """Has an author write, within terms."""

    def __init__(self, engine: AsyncEngine, author: Author, terms: Terms) -> None:
        self._engine = engine
        self._contents = Contents(engine)
        self._author = author
        self._terms = terms

    async def write(self, commission: Commission, fence: str, now: datetime, *, last_try: bool) -> None:
        """See to it that the text is there, whoever writes it. Raises `NotWritten`; on the last try it is final."""
        if not await self._contents.take(commission.content, fence, self._terms.lease, now):
            await self._look_at(commission)
            return
        try:
            await self._write(commission, fence, now)
        except NotWritten as error:
            ended = _ended(error) if last_try and not error.final else error
            await self._give_up(commission, fence, ended)
            raise ended from None

    async def _look_at(self, commission: Commission) -> None:
        """Somebody else has it: that is as good as having written it, unless it failed or is not done yet."""
        key = commission.content.content_key
        found = (await self._contents.find([key], approval=commission.approval)).get(key)
        if found is not None and found.status == "FAILED" and found.reason:
            raise NotWritten(found.reason, found.lease_left, final=True)
        if found is None or found.status == "WRITING":
            # Four tries, as the workflow has them, are longer than the lease.
            raise NotWritten("its text is being written for another message", self._terms.lease / 3, final=False)

    async def _write(self, commission: Commission, fence: str, now: datetime) -> None:
        budget = self._terms.budget
        reserved = await language_model_use.reserve(self._engine, budget, self._author.most_tokens(commission))
        if reserved is None:
            told = f"the day's budget of {budget.requests:,} requests and {budget.tokens:,} tokens is used up"
            raise NotWritten(told, BUDGET_PAUSE, final=True)
        draft = await self._draft(commission, reserved)
        text = tidied(draft.text)
        reason = objection(text, commission.content.product_name, commission.content.language)
        if reason is not None:
            raise NotWritten(
                f"the language model's text was refused: {reason}", REFUSED_PAUSE, final=True, spent=draft.spent
            )
        key, expires_at = commission.content.content_key, now + self._terms.good_for
        spent = draft.spent or UNKNOWN
        await self._contents.keep(key, fence, text.model_dump(), spent, expires_at, approval=commission.approval)

    async def _draft(self, commission: Commission, reserved: Reservation) -> Draft:
        try:
            draft = await self._author.write(commission)
        except NotWritten as error:
            await self._settle(reserved, error.spent)
            raise
        await self._settle(reserved, draft.spent)
        return draft

    async def _settle(self, reserved: Reservation, spent: Spent | None) -> None:
        """What nobody knows stays counted as it was reserved."""
        if spent is not None:
            await language_model_use.settle(self._engine, reserved, spent.tokens, spent.cost)

    async def _give_up(self, commission: Commission, fence: str, error: NotWritten) -> None:
        key, spent = commission.content.content_key, error.spent or UNKNOWN
        if error.final:
            await self._contents.fail(key, fence, error.reason, error.pause, spent)
        else:
            await self._contents.put_off(key, fence, error.pause, spent)


def _ended(error: NotWritten) -> NotWritten:
    return NotWritten(error.reason, OUTAGE, final=True, spent=error.spent)
