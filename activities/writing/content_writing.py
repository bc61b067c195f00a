"""The activity in which a language model writes about the products of one message."""

import asyncio

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.content.message_draft import draft_from_record
from activities.writing.briefs import Brief, BriefBuilder, NothingToWrite
from activities.writing.content_source import NO_MODEL
from activities.writing.contract import ContentOutcome, ContentRequest
from activities.writing.language_model import GenerationFailed
from activities.writing.writer import Writer
from db.messages.claims import MessageClaims
from lifecycle.campaigns import Campaign


class ContentWriting:
    """Has the texts of messages generated and stored, each once. `writer` is None if no model is configured."""

    def __init__(self, engine: AsyncEngine, briefs: BriefBuilder, writer: Writer | None) -> None:
        self._messages = MessageClaims(engine)
        self._briefs = briefs
        self._writer = writer

    @activity.defn(name="write_content")
    async def write(self, request: ContentRequest) -> ContentOutcome:
        """Generate the texts that a message needs. Raises a retryable error if a retry may help.

        Any other failure is an outcome with its reason: the campaign's own body is sent instead.
        """
        if self._writer is None:
            return ContentOutcome(written=False, detail=NO_MODEL)
        try:
            outcome = await self._write(self._writer, request)
        except SQLAlchemyError as error:
            raise ApplicationError(type(error).__name__, type="PostgreSQL") from None
        fields = {"message_key": request.message_key, "written": outcome.written, "detail": outcome.detail}
        activity.logger.info("content requested", extra=fields)
        return outcome

    async def _write(self, writer: Writer, request: ContentRequest) -> ContentOutcome:
        record = await self._messages.read(request.message_key)
        if record is None or record.profile is None:
            return ContentOutcome(written=False, detail="the message no longer exists")
        campaign = Campaign.model_validate(record.campaign)
        draft = draft_from_record(request.message_key, record, campaign, address="")
        try:
            briefs = self._briefs.build(draft)
        except NothingToWrite as error:
            return ContentOutcome(written=False, detail=str(error))
        failures = await asyncio.gather(*(_failure(writer, brief, request) for brief in _each_once(briefs)))
        for failure in failures:
            if failure is not None and failure.final:
                return ContentOutcome(written=False, detail=failure.reason)
        for failure in failures:
            if failure is not None:
                raise ApplicationError(failure.reason, type="GenerationFailed", next_retry_delay=failure.pause)
        return ContentOutcome(written=True)


async def _failure(writer: Writer, brief: Brief, request: ContentRequest) -> GenerationFailed | None:
    """Why a text was not generated; None if it was. It is returned, not raised: the other texts must be completed."""
    info = activity.info()
    retries = info.retry_policy
    last_attempt = bool(retries and retries.maximum_attempts and info.attempt >= retries.maximum_attempts)
    fence = f"{request.message_key}/{info.workflow_run_id}/{info.activity_id}/{info.attempt}"
    try:
        await writer.write(brief, fence, request.now, last_attempt=last_attempt)
    except GenerationFailed as error:
        return error
    return None


def _each_once(briefs: tuple[Brief, ...]) -> tuple[Brief, ...]:
    return tuple({brief.content.content_key: brief for brief in briefs}.values())
