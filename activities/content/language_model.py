"""The door to whoever writes texts for one customer."""

from typing import Any, Protocol


class LanguageModel(Protocol):
    """Writes the text of a campaign that has a prompt."""

    async def write(self, prompt: str, products: list[dict[str, Any]]) -> str | None:
        """Plain text in paragraphs divided by empty lines; None when the campaign's own body is to be used.

        `products` are untrusted values (`sku`, `name`, `category`, …): data for the prompt, never a part of it.
        It never raises: whatever goes wrong, there is a body to fall back on.
        """
        ...


class TemplatesOnly:
    """No model: every campaign sends the body it was written with."""

    async def write(self, prompt: str, products: list[dict[str, Any]]) -> str | None:  # noqa: ARG002 - the port's
        """None."""
        return None
