"""Writing: the activity in which a language model writes about the products of one message."""

import asyncio

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.content.message_letter import letter_of
from activities.content.written import NO_MODEL
from activities.writing.briefs import Brief, Briefs, NothingToWrite
from activities.writing.language_model import NotWritten
from activities.writing.messages import ContentOutcome, ContentRequest
from activities.writing.writer import Writer
from db.messages.messages import Messages
from lifecycle.campaigns import Campaign


class Writing:
    """Has texts written, each once, and keeps them. Without a writer there is nobody to write."""

    def __init__(self, engine: AsyncEngine, briefs: Briefs, writer: Writer | None) -> None:
        self._messages = Messages(engine)
        self._briefs = briefs
        self._writer = writer

    @activity.defn(name="write_content")
    async def write(self, request: ContentRequest) -> ContentOutcome:
        """Write what a message lacks. Fails, to be tried again, when that may help.

        Whatever else goes wrong is an outcome with its reason: there is the campaign's own body to fall back on.
        """
        if self._writer is None:
            return ContentOutcome(written=False, detail=NO_MODEL)
        try:
            outcome = await self._write(self._writer, request)
        except SQLAlchemyError as error:
            raise ApplicationError(type(error).__name__, type="PostgreSQL") from None
        told = {"message_key": request.message_key, "written": outcome.written, "detail": outcome.detail}
        activity.logger.info("texts asked for", extra=told)
        return outcome

    async def _write(self, writer: Writer, request: ContentRequest) -> ContentOutcome:
        found = await self._messages.read(request.message_key)
        if found is None or found.profile is None:
            return ContentOutcome(written=False, detail="the message is gone")
        letter = letter_of(request.message_key, found, Campaign.model_validate(found.campaign), address="")
        try:
            wanted = self._briefs.of(letter)
        except NothingToWrite as error:
            return ContentOutcome(written=False, detail=str(error))
        failures = await asyncio.gather(*(_failure(writer, brief, request) for brief in _each_once(wanted)))
        for failure in failures:
            if failure is not None and failure.final:
                return ContentOutcome(written=False, detail=failure.reason)
        for failure in failures:
            if failure is not None:
                raise ApplicationError(failure.reason, type="NotWritten", next_retry_delay=failure.pause)
        return ContentOutcome(written=True)


async def _failure(writer: Writer, brief: Brief, request: ContentRequest) -> NotWritten | None:
    """Why a text is not there; None when it is. Never an exception of one text at the cost of the others."""
    info = activity.info()
    retries = info.retry_policy
    last_try = bool(retries and retries.maximum_attempts and info.attempt >= retries.maximum_attempts)
    fence = f"{request.message_key}/{info.workflow_run_id}/{info.activity_id}/{info.attempt}"
    try:
        await writer.write(brief, fence, request.now, last_try=last_try)
    except NotWritten as error:
        return error
    return None


def _each_once(wanted: tuple[Brief, ...]) -> tuple[Brief, ...]:
    return tuple({brief.content.content_key: brief for brief in wanted}.values())
