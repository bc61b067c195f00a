"""What a catalogue says of a product, made fit for a language model to read: a name, and nothing that gives orders."""

import re
import unicodedata
from typing import Any

from activities.writing.characters import MARKUP, UNSEEN

MOST_CHARACTERS = 200
MOST_WORDS = 30

ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:previous|above|prior|earlier|instructions?|rules?|prompts?)\b"
    r"|\b(?:system|assistant|user|developer)\s*:"
    r"|\b(?:system prompt|you are now|you must|act as|pretend to|new instructions?|jailbreak)\b",
    re.IGNORECASE,
)
"""How instructions to a model usually begin. Others get through; the guards look at what comes of them."""


class StrangeFact(ValueError):
    """A product's name is not one; the message does not repeat it."""

    def __init__(self) -> None:
        super().__init__("what the catalogue says of a product does not read like a name")


def plain_fact(given: Any) -> str | None:
    """A name or category on one line, without markup and unseen characters. Raises `StrangeFact`."""
    if given is None:
        return None
    normal = unicodedata.normalize("NFKC", str(given))
    spaced = (" " if sign in MARKUP or unicodedata.category(sign) in UNSEEN else sign for sign in normal)
    plain = " ".join("".join(spaced).split())
    if len(plain) > MOST_CHARACTERS or len(plain.split()) > MOST_WORDS or ORDERS.search(plain):
        raise StrangeFact
    return plain
