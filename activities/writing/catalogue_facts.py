"""Cleans a catalogue's product names for a prompt, and rejects those that look like instructions to a model."""

import re
import unicodedata
from typing import Any

from activities.writing.characters import INVISIBLE, MARKUP

MAX_CHARACTERS = 200
MAX_WORDS = 30

INSTRUCTIONS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:previous|above|prior|earlier|instructions?|rules?|prompts?)\b"
    r"|\b(?:system|assistant|user|developer)\s*:"
    r"|\b(?:system prompt|you are now|you must|act as|pretend to|new instructions?|jailbreak)\b",
    re.IGNORECASE,
)
"""Usual phrases of prompt injection. Others get through; the guards check the generated text."""


class SuspiciousFact(ValueError):
    """A product name that does not read like one. The error does not quote it."""

    def __init__(self) -> None:
        super().__init__("a product name or category in the catalogue does not read like a name")


def plain_fact(value: Any) -> str | None:
    """A name or category on one line, without markup and invisible characters. Raises `SuspiciousFact`."""
    if value is None:
        return None
    normal = unicodedata.normalize("NFKC", str(value))
    spaced = (" " if sign in MARKUP or unicodedata.category(sign) in INVISIBLE else sign for sign in normal)
    plain = " ".join("".join(spaced).split())
    if len(plain) > MAX_CHARACTERS or len(plain.split()) > MAX_WORDS or INSTRUCTIONS.search(plain):
        raise SuspiciousFact
    return plain
