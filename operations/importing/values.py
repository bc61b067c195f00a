"""Parses cells: amounts, numbers, yes and no, countries. Raises `RowRefused` with the reason."""

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from babel import Locale

from operations.importing.refusal import RowRefused

CENT = Decimal("0.01")
YES = frozenset({"yes", "y", "true", "t", "1", "subscribed", "granted", "accepted"})
NO = frozenset({"no", "n", "false", "f", "0", "unsubscribed", "withdrawn", "not subscribed"})

# A single group of three digits, as in 1,234, is ambiguous and refused.
_PLAIN = re.compile(r"-?\d{1,12}(\.\d{1,9})?")
_POINT = re.compile(r"-?\d{1,3}(,\d{3})+\.\d{1,2}")
_COMMA = re.compile(r"-?\d{1,3}(\.\d{3})+,\d{1,2}|-?\d{1,9},\d{1,2}")
_SIGNS = re.compile(r"[$€£\s]")


def amount(field: str, text: str) -> Decimal | None:
    """An amount of money, perhaps negative; None for an empty cell."""
    plain = _SIGNS.sub("", text)
    if not plain:
        return None
    if not plain.isascii():
        raise RowRefused(f"{field}: must be an amount such as 9.90")
    if _PLAIN.fullmatch(plain):
        return Decimal(plain)
    if _POINT.fullmatch(plain):
        return Decimal(plain.replace(",", ""))
    if _COMMA.fullmatch(plain):
        return Decimal(plain.replace(".", "").replace(",", "."))
    raise RowRefused(f"{field}: must be an amount such as 9.90")


def cents(value: Decimal) -> Decimal:
    """Rounded to the cent, half up."""
    return value.quantize(CENT, ROUND_HALF_UP)


def whole(field: str, text: str) -> int | None:
    """A whole number, perhaps negative; None for an empty cell."""
    if not text:
        return None
    if not re.fullmatch(r"[+-]?\d{1,9}(\.0*)?", text, re.ASCII):
        raise RowRefused(f"{field}: must be a whole number")
    return int(text.partition(".")[0])


def yes_or_no(field: str, text: str) -> bool | None:
    """Yes or no, in the spellings that shops use; None for an empty cell."""
    word = text.lower()
    if not word:
        return None
    if word not in YES | NO:
        raise RowRefused(f"{field}: must be yes or no")
    return word in YES


def country(text: str) -> str | None:
    """The code of a country, from its code or its English name; None for an unknown one."""
    if len(text) == 2 and text.isascii() and text.isalpha():
        return text.upper()
    return _country_codes().get(text.lower())


@cache
def _country_codes() -> dict[str, str]:
    names = Locale("en").territories.items()
    return {name.lower(): code for code, name in names if len(code) == 2 and code.isalpha()}
