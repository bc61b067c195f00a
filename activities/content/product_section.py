"""The part of a message about one product, written by a language model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ProductSection:
    """The generated text about one `product`, in plain text."""

    product: Mapping[str, Any]
    heading: str
    paragraphs: tuple[str, ...]
    points: tuple[str, ...] = ()
