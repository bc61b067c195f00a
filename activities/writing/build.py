"""Builds content generation from the settings."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.content.message_draft import ShopDetails
from activities.writing.briefs import BriefBuilder
from activities.writing.content_source import ContentSource, TemplatesOnly
from activities.writing.content_writing import ContentWriting
from activities.writing.language_model import LanguageModel
from activities.writing.stored_content import StoredContentSource
from activities.writing.writer import Writer, WritingLimits
from db.content.language_model_use import Budget
from settings import Settings

LEASE_MARGIN = timedelta(seconds=10)
"""How much longer the lease on a text is than the longest request for it."""


def build_content_source(engine: AsyncEngine, settings: Settings, shop: ShopDetails) -> ContentSource:
    """The source of generated content for delivery."""
    if not _has_model(settings):
        return TemplatesOnly()
    return StoredContentSource(engine, BriefBuilder(shop, settings.openai_model))


def build_writing(engine: AsyncEngine, settings: Settings, shop: ShopDetails) -> ContentWriting:
    """The activity that has texts generated."""
    briefs = BriefBuilder(shop, settings.openai_model)
    model = _language_model(settings)
    if model is None:
        return ContentWriting(engine, briefs, None)
    terms = WritingLimits(
        budget=Budget(settings.llm_daily_requests, settings.llm_daily_tokens),
        valid_for=timedelta(days=settings.llm_content_days),
        lease=timedelta(seconds=settings.llm_timeout_seconds) + LEASE_MARGIN,
    )
    return ContentWriting(engine, briefs, Writer(engine, model, terms))


def _language_model(settings: Settings) -> LanguageModel | None:
    """The model; None if neither a key nor a URL is set."""
    if not _has_model(settings):
        return None
    # Importing the client takes half a second, so it is imported only where a model is configured.
    from activities.writing.openai_model import OpenAIModel, Prices  # noqa: PLC0415

    return OpenAIModel(
        settings.openai_model,
        key=settings.openai_api_key.get_secret_value() if settings.openai_api_key else None,
        url=settings.openai_base_url,
        timeout=timedelta(seconds=settings.llm_timeout_seconds),
        prices=Prices(settings.llm_price_input, settings.llm_price_output),
    )


def _has_model(settings: Settings) -> bool:
    return settings.openai_api_key is not None or settings.openai_base_url is not None
