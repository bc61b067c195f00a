"""A language model behind any OpenAI-compatible API: one request, without tools, with a response schema."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from openai import AsyncOpenAI
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionMessageParam
from openai.types.chat.parsed_chat_completion import ParsedChatCompletion

from activities.writing.briefs import Brief
from activities.writing.language_model import GeneratedText, GenerationFailed, ProductText
from activities.writing.openai_failures import SOON, TEXT_PAUSE, failure_from
from db.content.contents import Spent
from db.engine.connections import json_text

MAX_OUTPUT_TOKENS = 3_000
MILLION = 1_000_000
COST_PRECISION = Decimal("0.000001")
NO_KEY = "none"


@dataclass(frozen=True)
class Prices:
    """The price of a million tokens of input and of output."""

    input: Decimal = Decimal(0)
    output: Decimal = Decimal(0)

    def of(self, usage: CompletionUsage | None) -> Spent | None:
        """The tokens and cost of a request; None if the model did not report its usage."""
        if usage is None:
            return None
        cost = (usage.prompt_tokens * self.input + usage.completion_tokens * self.output) / MILLION
        return Spent(usage.prompt_tokens, usage.completion_tokens, cost.quantize(COST_PRECISION))


class OpenAIModel:
    """The model of that name. `timeout` is for a whole request. The client never retries: Temporal does.

    The output is cut off after `max_output_tokens`, which include a model's reasoning tokens.
    """

    def __init__(
        self,
        model: str,
        *,
        key: str | None,
        url: str | None,
        timeout: timedelta,
        prices: Prices,
        max_output_tokens: int = MAX_OUTPUT_TOKENS,
    ) -> None:
        self._model = model
        self._prices = prices
        self._max_output_tokens = max_output_tokens
        self._timeout = timeout.total_seconds()
        self._client = AsyncOpenAI(api_key=key or NO_KEY, base_url=url, max_retries=0, timeout=self._timeout)

    def max_tokens(self, brief: Brief) -> int:
        """An upper estimate: a token is seldom shorter than two characters."""
        return len(json_text(_messages(brief))) // 2 + self._max_output_tokens

    async def write(self, brief: Brief) -> GeneratedText:
        """Send one request. Raises `GenerationFailed` and no other error."""
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._client.chat.completions.parse(
                    model=self._model,
                    messages=_messages(brief),
                    response_format=ProductText,
                    max_completion_tokens=self._max_output_tokens,
                )
            return self._generated_text(response)
        except GenerationFailed:
            raise
        # A server may respond with anything, and the client may fail with any exception.
        except Exception as error:
            raise failure_from(error, self._prices.of) from None

    def _generated_text(self, response: ParsedChatCompletion[ProductText]) -> GeneratedText:
        spent = self._prices.of(response.usage)
        if not response.choices:
            raise GenerationFailed("the language model's response is empty", SOON, final=False, spent=spent)
        message = response.choices[0].message
        if message.refusal:
            raise GenerationFailed("the language model declined to write it", TEXT_PAUSE, final=True, spent=spent)
        if message.parsed is None:
            raise GenerationFailed("the language model's response is empty", SOON, final=False, spent=spent)
        return GeneratedText(message.parsed, spent)


def _messages(brief: Brief) -> list[ChatCompletionMessageParam]:
    """Our instructions, the marketer's prompt and the catalogue's facts, each in its own message."""
    return [
        {"role": "system", "content": brief.instructions},
        {"role": "user", "content": brief.content.prompt},
        {"role": "user", "content": json_text({"product": brief.facts})},
    ]
