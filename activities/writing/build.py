"""Texts by a language model, as the settings have it."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.content.letter import Shop
from activities.content.written import TemplatesOnly, WrittenContent
from activities.writing.briefs import Briefs
from activities.writing.language_model import LanguageModel
from activities.writing.stored_content import StoredContent
from activities.writing.writer import Terms, Writer
from activities.writing.writing import Writing
from db.content.language_model_use import Budget
from settings import Settings

LEASE_MARGIN = timedelta(seconds=10)
"""How much longer than its longest request a text is held."""


def build_written(engine: AsyncEngine, settings: Settings, shop: Shop) -> WrittenContent:
    """Where delivery looks texts up."""
    if not _has_model(settings):
        return TemplatesOnly()
    return StoredContent(engine, Briefs(shop, settings.openai_model))


def build_writing(engine: AsyncEngine, settings: Settings, shop: Shop) -> Writing:
    """The activity in which texts are written."""
    briefs = Briefs(shop, settings.openai_model)
    model = _language_model(settings)
    if model is None:
        return Writing(engine, briefs, None)
    terms = Terms(
        budget=Budget(settings.llm_daily_requests, settings.llm_daily_tokens),
        good_for=timedelta(days=settings.llm_content_days),
        lease=timedelta(seconds=settings.llm_timeout_seconds) + LEASE_MARGIN,
    )
    return Writing(engine, briefs, Writer(engine, model, terms))


def _language_model(settings: Settings) -> LanguageModel | None:
    """The model, or None where neither a key nor an address is set."""
    if not _has_model(settings):
        return None
    # The client takes half a second to import, which whoever has no model is spared.
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
