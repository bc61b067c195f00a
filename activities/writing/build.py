"""Texts by a language model, as the settings have it."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.content.letter import Shop
from activities.content.written import TemplatesOnly, WrittenContent
from activities.writing.author import Author
from activities.writing.commissions import Commissions
from activities.writing.desk import Desk, Terms
from activities.writing.stored_content import StoredContent
from activities.writing.writing import Writing
from db.language_model_use import Budget
from settings import Settings

LEASE_MARGIN = timedelta(seconds=10)
"""How much longer than its longest request a text is held."""


def build_author(settings: Settings) -> Author | None:
    """The model, or None where neither a key nor an address is set."""
    if settings.openai_api_key is None and settings.openai_base_url is None:
        return None
    # The client takes half a second to import, which whoever has no model is spared.
    from activities.writing.language_model import LanguageModel, Prices  # noqa: PLC0415

    return LanguageModel(
        settings.openai_model,
        key=settings.openai_api_key.get_secret_value() if settings.openai_api_key else None,
        url=settings.openai_base_url,
        timeout=timedelta(seconds=settings.llm_timeout_seconds),
        prices=Prices(settings.llm_price_input, settings.llm_price_output),
    )


def build_written(engine: AsyncEngine, settings: Settings, shop: Shop) -> WrittenContent:
    """Where delivery looks texts up."""
    if settings.openai_api_key is None and settings.openai_base_url is None:
        return TemplatesOnly()
    return StoredContent(engine, Commissions(shop, settings.openai_model))


def build_writing(engine: AsyncEngine, settings: Settings, shop: Shop) -> Writing:
    """The activity in which texts are written."""
    commissions = Commissions(shop, settings.openai_model)
    author = build_author(settings)
    if author is None:
        return Writing(engine, commissions, None)
    terms = Terms(
        budget=Budget(settings.llm_daily_requests, settings.llm_daily_tokens),
        good_for=timedelta(days=settings.llm_content_days),
        lease=timedelta(seconds=settings.llm_timeout_seconds) + LEASE_MARGIN,
    )
    return Writing(engine, commissions, Desk(engine, author, terms))
