"""A study: messages in PostgreSQL whose texts are written by a model, one attempt at a time."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from temporalio.common import RetryPolicy
from temporalio.testing import ActivityEnvironment

from activities.content.message_draft import MessageDraft
from activities.content.sample import ADA, ORDER, SHOP
from activities.writing.briefs import BriefBuilder
from activities.writing.content_writing import ContentWriting
from activities.writing.contract import ContentOutcome, ContentRequest
from activities.writing.openai_model import OpenAIModel, Prices
from activities.writing.stored_content import StoredContentSource
from activities.writing.writer import Writer, WritingLimits
from db.content.language_model_use import Budget
from lifecycle.campaign_file import CampaignRow
from lifecycle.campaigns import Purpose
from lifecycle.wording import Wording
from tests.activities.delivery.conftest import KEY, NOW, PostOffice
from tests.activities.writing.model_server import MODEL, ModelServer

PROMPT = "Write a care guide for the {{ product.name }} they just bought."
TIMEOUT = timedelta(seconds=5)
TRIES = RetryPolicy(maximum_attempts=4)

DRAFT = MessageDraft(
    key="0" * 64,
    slug="care-guide",
    step=1,
    channel="EMAIL",
    purpose=Purpose.MARKETING,
    wording=Wording("<p>Hello</p>", "Hello", prompt=PROMPT),
    recipient=ADA,
    context={"order": ORDER},
    products=("SKILLET",),
)
[BRIEF] = BriefBuilder(SHOP, MODEL).build(DRAFT)
ROW = CampaignRow(
    slug="guide",
    name="Guide",
    trigger_event="ORDER_PAID",
    channel="EMAIL",
    purpose=Purpose.MARKETING,
    wording=Wording("<p>Hello</p>", "Hello"),
)


def language_model(url: str, timeout: timedelta = TIMEOUT) -> OpenAIModel:
    """A model at an address, at two and eight dollars a million tokens."""
    return OpenAIModel(MODEL, key="hunter2", url=url, timeout=timeout, prices=Prices(Decimal(2), Decimal(8)))


class Study:
    """Plants messages with a prompt, and runs the activity that has them written."""

    def __init__(self, post: PostOffice, model: ModelServer) -> None:
        self.post = post
        self.model = model
        self.terms = WritingLimits(Budget(requests=100, tokens=1_000_000), valid_for=timedelta(days=90), lease=TIMEOUT)
        self.use_model(language_model(model.url))

    def use_model(self, language_model: OpenAIModel, name: str = MODEL) -> None:
        """Have somebody write."""
        self._language_model = language_model
        self._briefs = BriefBuilder(self.post.shop, name)
        self.post.content_source = StoredContentSource(self.post.engine, self._briefs)

    async def plant(self, *, campaign: dict[str, Any] | None = None, **rows: Any) -> None:
        """A planned care guide."""
        await self.post.plan(campaign={"prompt": PROMPT, "max_products": 3, **(campaign or {})}, **rows)

    async def plant_more(self, count: int) -> list[str]:
        """The same message for so many more customers; their keys."""
        keys = [f"{number:064x}" for number in range(count)]
        async with self.post.engine.connect() as connection:
            await connection.execute(
                text("""
                    WITH one AS (SELECT * FROM communications_log WHERE message_key = :first),
                    people AS (
                      INSERT INTO customer_profiles (customer_email, customer_id, name, consent_email)
                      SELECT key || '@example.com', right(key, 26), 'Bob', true
                      FROM unnest(CAST(:keys AS text[])) AS key)
                    INSERT INTO communications_log
                      (message_key, customer_id, customer_email, campaign_id, channel, status, sent_at, planned_at,
                       due_at, expires_at, context, products)
                    SELECT key, right(key, 26), key || '@example.com', campaign_id, channel, status, NULL, planned_at,
                           due_at, expires_at, context, products
                    FROM one, unnest(CAST(:keys AS text[])) AS key
                """),
                {"first": KEY, "keys": keys},
            )
        return keys

    async def write(self, key: str = KEY, *, attempt: int = 1, now: datetime = NOW) -> ContentOutcome:
        """Run the activity once."""
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, attempt=attempt, retry_policy=TRIES)
        writer = Writer(self.post.engine, self._language_model, self.terms)
        writing = ContentWriting(self.post.engine, self._briefs, writer)
        return await environment.run(writing.write, ContentRequest(key, now))

    async def content(self) -> dict[str, Any] | None:
        """What the log tells of the words of the one message that is delivered."""
        [row] = await self.post.rows(f"SELECT content FROM communications_log WHERE message_key = '{KEY}'")
        content: dict[str, Any] | None = row["content"]
        return content

    async def contents(self) -> list[dict[str, Any]]:
        """What is stored, the oldest first."""
        return await self.post.rows("SELECT * FROM written_contents ORDER BY created_at, content_key")

    async def use(self) -> dict[str, Any]:
        """What the day has taken."""
        [row] = await self.post.rows("SELECT requests, tokens, cost FROM language_model_use")
        return row

    async def pauses_end(self) -> None:
        """As if leases and pauses had passed."""
        async with self.post.engine.connect() as connection:
            await connection.execute(
                text("UPDATE written_contents SET lease_until = clock_timestamp() - interval '1 second'")
            )
