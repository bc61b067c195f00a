"""Guards: checks of a generated text before it is stored or sent.

The guards check only the text, not how it was generated. A text passes if it contains no address, no price, no
promise and no code, no markup and no invisible characters, is not too long, and seems to be in the requested language.
What the product's own name contains may be repeated, since the message shows the name anyway; addresses may not.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from activities.writing.characters import INVISIBLE, MARKUP
from activities.writing.language_check import matches_language
from activities.writing.language_model import ProductText

LENGTHS = {"heading": (3, 90), "paragraph": (20, 900), "point": (3, 240)}
"""Minimum and maximum characters of a line."""

BULLET = re.compile(r"^\s*[-–—•·]+\s+")
JOINERS = re.compile("[\u200c\u200d]")  # Persian and many emoji need them.

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
    r"\b(?i:codes?|código|codice|kode)\b"  # with or without a code after it
    r"|\b[^\W\d_]{3,}[-–]?\d\w*"  # SAVE10
    r"|\b\d+[A-Z]{3,}\w*|\b(?=[A-Z\d-]*\d)(?=[A-Z\d-]*[A-Z])[A-Z\d-]{5,}\b"  # 10OFF, X7K-99Q
    r"|\b[A-Z]{6,}\b"  # FREESHIP
)


@dataclass(frozen=True)
class Guard:
    """Content that a text may not have. If it is `allowed_from_name`, what the product's name contains is exempt."""

    finding: str
    pattern: re.Pattern[str]
    allowed_from_name: bool = True

    def found(self, text: str) -> set[str]:
        """The matches in a text, ignoring case and spaces."""
        return {"".join(match.group().casefold().split()) for match in self.pattern.finditer(text)}

    def rejects(self, text: str, product_name: str) -> bool:
        """Whether the text has a match that the product's name does not have."""
        return bool(self.found(text) - (self.found(product_name) if self.allowed_from_name else set()))


GUARDS = (
    Guard("an e-mail address or a handle", re.compile(r"[@＠]|\bat\)|\[at\b"), allowed_from_name=False),
    Guard(
        "a web address",
        re.compile(
            r"\b[a-z][a-z0-9+.-]{1,9}:/|\b(?:mailto|tel|sms|javascript|data)\s*:|\bwww\b"
            r"|[^\W_][\w-]*\.[^\W\d_]{2,}|\b\d{1,3}(?:\.\d{1,3}){3}\b"
            r"|\(\s*dot\s*\)|\bdot\s+(?:com|net|org|info|shop|io|example)\b",
            re.IGNORECASE,
        ),
        allowed_from_name=False,
    ),
    Guard(
        "a phone number",
        re.compile(r"\+\s?\d(?:[\s().\-–/]{0,2}\d){5,}|\d(?:[\s().\-–/]{0,2}\d){8,}|\b\d{3}[\s.\-–]\d{4}\b"),
        allowed_from_name=False,
    ),
    Guard("a percentage", re.compile(PERCENTAGE)),
    Guard("a price", re.compile(rf"{CURRENCY}\s*{NUMBER}|{NUMBER}\s*{CURRENCY}")),
    Guard("a promise of money", re.compile(PROMISES, re.IGNORECASE)),
    Guard("a code", re.compile(CODES)),
    Guard(
        "text about its instructions",
        re.compile(
            r"\b(?:as an ai\b|language model|system prompt|(?:previous|prior|above|these|my) instructions"
            r"|i (?:cannot|can't|can not) (?:help|assist|comply))",
            re.IGNORECASE,
        ),
        allowed_from_name=False,
    ),
)


def normalized(text: ProductText) -> ProductText:
    """The same text with each piece on one line, and without bullets before the points."""
    return ProductText(
        heading=_line(text.heading),
        paragraphs=tuple(map(_line, text.paragraphs)),
        points=tuple(_line(BULLET.sub("", point)) for point in text.points),
    )


def rejection_reason(text: ProductText, product_name: str, language: str) -> str | None:
    """Why a text may not be sent, without quoting it; None if it may.

    `language` is a tag such as `de` or `en-US`.
    """
    for field, line in _lines(text):
        if reason := _reason_against(line, *LENGTHS[field]):
            return f"its {field} {reason}"
    whole = _as_displayed("\n".join(text.lines()))
    for guard in GUARDS:
        if guard.rejects(whole, _as_displayed(product_name)):
            suffix = " that the product's name does not have" if guard.allowed_from_name else ""
            return f"it contains {guard.finding}{suffix}"
    if not matches_language(whole, language, product_name):
        return "it does not seem to be in the requested language"
    return None


def _reason_against(line: str, shortest: int, longest: int) -> str | None:
    if not shortest <= len(line) <= longest:
        return f"has {len(line)} characters; {shortest} to {longest} are allowed"
    if any(unicodedata.category(sign) in INVISIBLE for sign in JOINERS.sub("", line)):
        return "contains invisible characters"
    if not MARKUP.isdisjoint(line) or re.search(r"&#?\w+;", line):
        return "contains markup"
    return None


def _lines(text: ProductText) -> Iterable[tuple[str, str]]:
    yield "heading", text.heading
    yield from (("paragraph", paragraph) for paragraph in text.paragraphs)
    yield from (("point", point) for point in text.points)


def _line(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _as_displayed(text: str) -> str:
    """As a reader sees it: full-width letters become plain letters, and joiners are removed."""
    return JOINERS.sub("", unicodedata.normalize("NFKC", text))
