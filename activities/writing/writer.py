"""Has one text at a time generated: lease it, reserve budget, request it, check it, store it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.writing.briefs import Brief
from activities.writing.guards import normalized, rejection_reason
from activities.writing.language_model import GeneratedText, GenerationFailed, LanguageModel
from db.content import language_model_use
from db.content.contents import Contents, Spent
from db.content.language_model_use import Budget, Reservation

OUTAGE_PAUSE = timedelta(minutes=1)
"""How long a text is not requested again after the last attempt failed."""

BUDGET_PAUSE = timedelta(minutes=15)
REJECTED_PAUSE = timedelta(hours=1)
NOT_REPORTED = Spent()


@dataclass(frozen=True)
class WritingLimits:
    """Limits of generation: a daily `budget`, how long a text is valid, and the `lease` of one being written."""

    budget: Budget
    valid_for: timedelta
    lease: timedelta


class Writer:
    """Has a language model write texts, within limits."""

    def __init__(self, engine: AsyncEngine, model: LanguageModel, limits: WritingLimits) -> None:
        self._engine = engine
        self._contents = Contents(engine)
        self._model = model
        self._limits = limits

    async def write(self, brief: Brief, fence: str, now: datetime, *, last_attempt: bool) -> None:
        """Have the text generated, here or by another worker. Raises `GenerationFailed`, final on the last attempt."""
        if not await self._contents.take(brief.content, fence, self._limits.lease, now):
            await self._check_other_writer(brief, last_attempt=last_attempt)
            return
        try:
            await self._write(brief, fence, now)
        except GenerationFailed as error:
            final_error = _final(error) if last_attempt and not error.final else error
            await self._give_up(brief, fence, final_error)
            raise final_error from None

    async def _check_other_writer(self, brief: Brief, *, last_attempt: bool) -> None:
        """Return if another worker has written the text; raise `GenerationFailed` if it failed or is not done."""
        key = brief.content.content_key
        found = (await self._contents.find([key], approval=brief.approval)).get(key)
        if found is not None and found.status == "FAILED" and found.reason:
            raise GenerationFailed(found.reason, found.lease_left, final=True)
        if found is None or found.status == "WRITING":
            # The workflow's four attempts together take longer than the lease.
            reason = (found and found.reason) or "its text is being generated for another message"
            raise GenerationFailed(reason, self._limits.lease / 3, final=last_attempt)

    async def _write(self, brief: Brief, fence: str, now: datetime) -> None:
        budget = self._limits.budget
        reserved = await language_model_use.reserve(self._engine, budget, self._model.max_tokens(brief))
        if reserved is None:
            limit = f"the daily budget of {budget.requests:,} requests and {budget.tokens:,} tokens is used up"
            raise GenerationFailed(limit, BUDGET_PAUSE, final=True)
        generated = await self._generate(brief, reserved)
        text = normalized(generated.text)
        reason = rejection_reason(text, brief.content.product_name, brief.content.language)
        if reason is not None:
            raise GenerationFailed(
                f"the language model's text was rejected: {reason}", REJECTED_PAUSE, final=True, spent=generated.spent
            )
        key, expires_at = brief.content.content_key, now + self._limits.valid_for
        spent = generated.spent or NOT_REPORTED
        await self._contents.keep(key, fence, text.model_dump(), spent, expires_at, approval=brief.approval)

    async def _generate(self, brief: Brief, reserved: Reservation) -> GeneratedText:
        try:
            generated = await self._model.write(brief)
        except GenerationFailed as error:
            await self._settle(reserved, error.spent)
            raise
        await self._settle(reserved, generated.spent)
        return generated

    async def _settle(self, reserved: Reservation, spent: Spent | None) -> None:
        """Replace the reservation by what was spent; if that is unknown, the reservation stays."""
        if spent is not None:
            await language_model_use.settle(self._engine, reserved, spent.tokens, spent.cost)

    async def _give_up(self, brief: Brief, fence: str, error: GenerationFailed) -> None:
        key, spent = brief.content.content_key, error.spent or NOT_REPORTED
        if error.final:
            await self._contents.fail(key, fence, error.reason, error.pause, spent)
        else:
            await self._contents.defer(key, fence, error.reason, error.pause, spent)


def _final(error: GenerationFailed) -> GenerationFailed:
    return GenerationFailed(error.reason, OUTAGE_PAUSE, final=True, spent=error.spent)
