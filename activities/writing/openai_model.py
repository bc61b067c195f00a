"""A language model behind any address that speaks OpenAI's API: one request, without tools, for a bounded shape."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from openai import AsyncOpenAI
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionMessageParam
from openai.types.chat.parsed_chat_completion import ParsedChatCompletion

from activities.writing.briefs import Brief
from activities.writing.language_model import Draft, NotWritten, ProductText
from activities.writing.openai_failures import FOR_THIS_TEXT, SOON, why_not
from db.content.contents import Spent
from db.engine.connections import json_text

MOST_WRITTEN = 3_000
MILLION = 1_000_000
CENT_FRACTIONS = Decimal("0.000001")
NO_KEY = "none"


@dataclass(frozen=True)
class Prices:
    """What a million tokens cost, read and written."""

    read: Decimal = Decimal(0)
    written: Decimal = Decimal(0)

    def of(self, usage: CompletionUsage | None) -> Spent | None:
        """What a request took; None when the model did not tell."""
        if usage is None:
            return None
        cost = (usage.prompt_tokens * self.read + usage.completion_tokens * self.written) / MILLION
        return Spent(usage.prompt_tokens, usage.completion_tokens, cost.quantize(CENT_FRACTIONS))


class OpenAIModel:
    """A model by its name. `timeout` is for a whole request; whoever asks tries again, for the client never does.

    A text is cut off after the `most_written` tokens, which count those that a model thinks in.
    """

    def __init__(
        self,
        model: str,
        *,
        key: str | None,
        url: str | None,
        timeout: timedelta,
        prices: Prices,
        most_written: int = MOST_WRITTEN,
    ) -> None:
        self._model = model
        self._prices = prices
        self._most_written = most_written
        self._timeout = timeout.total_seconds()
        self._client = AsyncOpenAI(api_key=key or NO_KEY, base_url=url, max_retries=0, timeout=self._timeout)

    def most_tokens(self, brief: Brief) -> int:
        """A token is seldom shorter than two characters."""
        return len(json_text(_messages(brief))) // 2 + self._most_written

    async def write(self, brief: Brief) -> Draft:
        """One request. Raises `NotWritten`, and nothing else."""
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._client.chat.completions.parse(
                    model=self._model,
                    messages=_messages(brief),
                    response_format=ProductText,
                    max_completion_tokens=self._most_written,
                )
            return self._draft(answer)
        except NotWritten:
            raise
        # A server may answer anything at all, and the client fails in as many ways.
        except Exception as error:
            raise why_not(error, self._prices.of) from None

    def _draft(self, answer: ParsedChatCompletion[ProductText]) -> Draft:
        spent = self._prices.of(answer.usage)
        if not answer.choices:
            raise NotWritten("the language model's answer is empty", SOON, final=False, spent=spent)
        message = answer.choices[0].message
        if message.refusal:
            raise NotWritten("the language model declined to write it", FOR_THIS_TEXT, final=True, spent=spent)
        if message.parsed is None:
            raise NotWritten("the language model's answer is empty", SOON, final=False, spent=spent)
        return Draft(message.parsed, spent)


def _messages(brief: Brief) -> list[ChatCompletionMessageParam]:
    """What is ours, what is the marketer's, and what is the catalogue's: each in a message of its own."""
    return [
        {"role": "system", "content": brief.instructions},
        {"role": "user", "content": brief.content.prompt},
        {"role": "user", "content": json_text({"product": brief.facts})},
    ]
