"""The port to a language model: a brief goes in, a text and its cost come out, or a failure with its reason."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field

from activities.writing.briefs import Brief
from db.content.contents import Spent


class ProductText(BaseModel):
    """A text about one product, in plain text.

    The guards check the length of lines: not every model server accepts a JSON schema with string lengths.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    heading: Annotated[str, Field(description="at most 80 characters")]
    paragraphs: Annotated[tuple[str, ...], Field(min_length=1, max_length=5, description="of two to four sentences")]
    points: Annotated[
        tuple[str, ...], Field(max_length=8, description="short pieces of advice, none if there are none")
    ]

    def lines(self) -> tuple[str, ...]:
        """Heading, paragraphs and points, in order."""
        return (self.heading, *self.paragraphs, *self.points)


@dataclass(frozen=True)
class GeneratedText:
    """A generated text before it is checked. `spent` is None if the model did not report its usage."""

    text: ProductText
    spent: Spent | None


class GenerationFailed(Exception):
    """No text was generated; the `reason` holds no personal data and no secret.

    If it is `final`, this message gets no generated text, and no message requests the text again during `pause`.
    Otherwise the activity is retried after `pause`. `spent` is None if unknown.
    """

    def __init__(self, reason: str, pause: timedelta, *, final: bool, spent: Spent | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pause = pause
        self.final = final
        self.spent = spent


class LanguageModel(Protocol):
    """A language model that writes a text for a brief."""

    def max_tokens(self, brief: Brief) -> int:
        """The most tokens that one request may take, input and output together."""
        ...

    async def write(self, brief: Brief) -> GeneratedText:
        """Send one request. Raises `GenerationFailed` and no other error."""
        ...
