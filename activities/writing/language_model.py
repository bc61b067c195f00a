"""The door to a language model: what it writes about a product, what that took, and how it comes to nothing."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field

from activities.writing.briefs import Brief
from db.content.contents import Spent


class ProductText(BaseModel):
    """What is said about one product, in plain text.

    How long a line may be is a guard's to say: not every model's server takes a schema with lengths in it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    heading: Annotated[str, Field(description="at most 80 characters")]
    paragraphs: Annotated[tuple[str, ...], Field(min_length=1, max_length=5, description="of two to four sentences")]
    points: Annotated[
        tuple[str, ...], Field(max_length=8, description="short pieces of advice, none if there are none")
    ]

    def lines(self) -> tuple[str, ...]:
        """Every piece of it, in its order."""
        return (self.heading, *self.paragraphs, *self.points)


@dataclass(frozen=True)
class Draft:
    """A text as it was written, before anybody has looked at it. `spent` is None where the model did not tell."""

    text: ProductText
    spent: Spent | None


class NotWritten(Exception):
    """There is no text, for this `reason`, which holds no personal data and no secret.

    Once the `pause` is over it is worth another try: soon, unless it is `final` for whoever asked. `spent` is None
    where nobody knows.
    """

    def __init__(self, reason: str, pause: timedelta, *, final: bool, spent: Spent | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pause = pause
        self.final = final
        self.spent = spent


class LanguageModel(Protocol):
    """Something that writes texts to a brief."""

    def most_tokens(self, brief: Brief) -> int:
        """The most that one request may take, read and written together."""
        ...

    async def write(self, brief: Brief) -> Draft:
        """One request. Raises `NotWritten`, and nothing else."""
        ...
