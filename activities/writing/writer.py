"""The writer of one text at a time: it is taken, paid for, asked for, looked at and kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.writing.briefs import Brief
from activities.writing.guards import objection, tidied
from activities.writing.language_model import Draft, LanguageModel, NotWritten
from db.content import language_model_use
from db.content.contents import Contents, Spent
from db.content.language_model_use import Budget, Reservation

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


class Writer:
    """Has a language model write, within terms."""

    def __init__(self, engine: AsyncEngine, model: LanguageModel, terms: Terms) -> None:
        self._engine = engine
        self._contents = Contents(engine)
        self._model = model
        self._terms = terms

    async def write(self, brief: Brief, fence: str, now: datetime, *, last_try: bool) -> None:
        """See to it that the text is there, whoever writes it. Raises `NotWritten`; on the last try it is final."""
        if not await self._contents.take(brief.content, fence, self._terms.lease, now):
            await self._look_at(brief, last_try=last_try)
            return
        try:
            await self._write(brief, fence, now)
        except NotWritten as error:
            ended = _ended(error) if last_try and not error.final else error
            await self._give_up(brief, fence, ended)
            raise ended from None

    async def _look_at(self, brief: Brief, *, last_try: bool) -> None:
        """Somebody else has it: that is as good as having written it, unless it failed or is not done yet."""
        key = brief.content.content_key
        found = (await self._contents.find([key], approval=brief.approval)).get(key)
        if found is not None and found.status == "FAILED" and found.reason:
            raise NotWritten(found.reason, found.lease_left, final=True)
        if found is None or found.status == "WRITING":
            # Four tries, as the workflow has them, are longer than the lease.
            reason = (found and found.reason) or "its text is being written for another message"
            raise NotWritten(reason, self._terms.lease / 3, final=last_try)

    async def _write(self, brief: Brief, fence: str, now: datetime) -> None:
        budget = self._terms.budget
        reserved = await language_model_use.reserve(self._engine, budget, self._model.most_tokens(brief))
        if reserved is None:
            told = f"the day's budget of {budget.requests:,} requests and {budget.tokens:,} tokens is used up"
            raise NotWritten(told, BUDGET_PAUSE, final=True)
        draft = await self._draft(brief, reserved)
        text = tidied(draft.text)
        reason = objection(text, brief.content.product_name, brief.content.language)
        if reason is not None:
            raise NotWritten(
                f"the language model's text was refused: {reason}", REFUSED_PAUSE, final=True, spent=draft.spent
            )
        key, expires_at = brief.content.content_key, now + self._terms.good_for
        spent = draft.spent or UNKNOWN
        await self._contents.keep(key, fence, text.model_dump(), spent, expires_at, approval=brief.approval)

    async def _draft(self, brief: Brief, reserved: Reservation) -> Draft:
        try:
            draft = await self._model.write(brief)
        except NotWritten as error:
            await self._settle(reserved, error.spent)
            raise
        await self._settle(reserved, draft.spent)
        return draft

    async def _settle(self, reserved: Reservation, spent: Spent | None) -> None:
        """What nobody knows stays counted as it was reserved."""
        if spent is not None:
            await language_model_use.settle(self._engine, reserved, spent.tokens, spent.cost)

    async def _give_up(self, brief: Brief, fence: str, error: NotWritten) -> None:
        key, spent = brief.content.content_key, error.spent or UNKNOWN
        if error.final:
            await self._contents.fail(key, fence, error.reason, error.pause, spent)
        else:
            await self._contents.put_off(key, fence, error.reason, error.pause, spent)


def _ended(error: NotWritten) -> NotWritten:
    return NotWritten(error.reason, OUTAGE, final=True, spent=error.spent)
