"""Guards: what a language model wrote, looked at before anybody else reads it.

They know nothing of how a text came about: whatever stood in a prompt, a catalogue or a model's mind, a text passes
when it holds no address, no price, no promise and no code of its own, no markup, nothing unseen and nothing too long,
and seems to be in the language that was asked for. What stands in the product's own name may be repeated, for the
message says it anyway; an address may not even then.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from activities.writing.characters import MARKUP, UNSEEN
from activities.writing.language_check import reads_as
from activities.writing.language_model import ProductText

LENGTHS = {"heading": (3, 90), "paragraph": (20, 900), "point": (3, 240)}
"""Fewest and most characters of a line."""

BULLET = re.compile(r"^\s*[-–—•·]+\s+")
JOINERS = re.compile("[\u200c\u200d]")  # Persian and many an emoji cannot do without.

NUMBER = r"\d[\d.,]*"
PERCENTAGE = rf"{NUMBER}\s*(?:[%٪‰]|(?i:per\s?cent|prozent|pour\s?cent|por\s?ciento|procent))"
SIGN = r"[^\W\d_]{0,2}[$¢-¥֏؋৲৳૱௹฿៛₠-⃀﷼]"
CURRENCY = (
    rf"(?:{SIGN}|\b(?i:dollars?|euros?|cents?|pence|sterling|francs?|yen|rupees?)\b"
    r"|\b(?:USD|EUR|GBP|CHF|JPY|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|INR|CNY|BRL|MXN|ZAR|TRY|RUB)\b)"
)
PROMISES = (
    r"\b(?:discount\w*|coupons?|vouchers?|promo(?:s|tions?|tional)?|cashback|money[\s-]back|refund\w*|gift\s?cards?"
    r"|free\s+(?:shipping|delivery|gifts?)|rabatt\w*|gutschein\w*|erstattung\w*|kostenlos\w*|remises?|remboursement\w*"
    r"|gratuit\w*|descuentos?|cup[oó]n(?:es)?|reembolso\w*|gratis|sconto|sconti|rimborso|korting\w*|terugbetaling)\b"
)
CODES = (
    r"\b(?i:codes?|código|codice|kode)\b"  # whatever its name is
    r"|\b[^\W\d_]{3,}[-–]?\d\w*"  # SAVE10
    r"|\b\d+[A-Z]{3,}\w*|\b(?=[A-Z\d-]*\d)(?=[A-Z\d-]*[A-Z])[A-Z\d-]{5,}\b"  # 10OFF, X7K-99Q
    r"|\b[A-Z]{6,}\b"  # FREESHIP
)


@dataclass(frozen=True)
class Guard:
    """Something that may not stand in a text, unless, where it is `suppliable`, the product's name has it too."""

    told: str
    pattern: re.Pattern[str]
    suppliable: bool = True

    def found(self, text: str) -> set[str]:
        """What of the kind stands in a text, without regard to case and spaces."""
        return {"".join(match.group().casefold().split()) for match in self.pattern.finditer(text)}

    def objects(self, text: str, supplied: str) -> bool:
        """Whether there is any that was not supplied."""
        return bool(self.found(text) - (self.found(supplied) if self.suppliable else set()))


GUARDS = (
    Guard("an e-mail address or a handle", re.compile(r"[@＠]|\bat\)|\[at\b"), suppliable=False),
    Guard(
        "a web address",
        re.compile(
            r"\b[a-z][a-z0-9+.-]{1,9}:/|\b(?:mailto|tel|sms|javascript|data)\s*:|\bwww\b"
            r"|[^\W_][\w-]*\.[^\W\d_]{2,}|\b\d{1,3}(?:\.\d{1,3}){3}\b"
            r"|\(\s*dot\s*\)|\bdot\s+(?:com|net|org|info|shop|io|example)\b",
            re.IGNORECASE,
        ),
        suppliable=False,
    ),
    Guard(
        "a telephone number",
        re.compile(r"\+\s?\d(?:[\s().\-–/]{0,2}\d){5,}|\d(?:[\s().\-–/]{0,2}\d){8,}|\b\d{3}[\s.\-–]\d{4}\b"),
        suppliable=False,
    ),
    Guard("a percentage", re.compile(PERCENTAGE)),
    Guard("a price", re.compile(rf"{CURRENCY}\s*{NUMBER}|{NUMBER}\s*{CURRENCY}")),
    Guard("a promise of money", re.compile(PROMISES, re.IGNORECASE)),
    Guard("a code", re.compile(CODES)),
    Guard(
        "a word about instructions",
        re.compile(
            r"\b(?:as an ai\b|language model|system prompt|(?:previous|prior|above|these|my) instructions"
            r"|i (?:cannot|can't|can not) (?:help|assist|comply))",
            re.IGNORECASE,
        ),
        suppliable=False,
    ),
)


def tidied(text: ProductText) -> ProductText:
    """The same, each piece on one line, and without the dashes that models put before a point."""
    return ProductText(
        heading=_line(text.heading),
        paragraphs=tuple(map(_line, text.paragraphs)),
        points=tuple(_line(BULLET.sub("", point)) for point in text.points),
    )


def objection(text: ProductText, supplied: str, language: str) -> str | None:
    """Why a text may not be sent, without repeating any of it; None when it may.

    `supplied` is the product's name, `language` a tag such as `de` or `en-US`.
    """
    for field, line in _lines(text):
        if reason := _objection_to(line, *LENGTHS[field]):
            return f"its {field} {reason}"
    whole = _looked_through("\n".join(text.lines()))
    for guard in GUARDS:
        if guard.objects(whole, _looked_through(supplied)):
            return f"it holds {guard.told} that was not supplied" if guard.suppliable else f"it holds {guard.told}"
    if not reads_as(whole, language, supplied):
        return "it does not seem to be in the language that was asked for"
    return None


def _objection_to(line: str, fewest: int, most: int) -> str | None:
    if not fewest <= len(line) <= most:
        return f"has {len(line)} characters, and should have {fewest} to {most}"
    if any(unicodedata.category(sign) in UNSEEN for sign in JOINERS.sub("", line)):
        return "holds characters that nobody sees"
    if not MARKUP.isdisjoint(line) or re.search(r"&#?\w+;", line):
        return "holds markup"
    return None


def _lines(text: ProductText) -> Iterable[tuple[str, str]]:
    yield "heading", text.heading
    yield from (("paragraph", paragraph) for paragraph in text.paragraphs)
    yield from (("point", point) for point in text.points)


def _line(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _looked_through(text: str) -> str:
    """As a reader sees it: wide letters are letters, and what joins them without a sign is not there."""
    return JOINERS.sub("", unicodedata.normalize("NFKC", text))
