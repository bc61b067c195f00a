"""The types of the fields of events, each with its validation."""

import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from retention_client.identity import InvalidAddress, normalise_email

MAX_DEPTH = 20
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def _printable(value: str) -> str:
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in value):
        raise ValueError("contains control characters")
    return value


def _email(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be an e-mail address")
    try:
        return normalise_email(value)
    except InvalidAddress as error:
        raise ValueError(str(error)) from None


def _decimal(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be an amount")
    return str(value) if isinstance(value, float) else value


def _cents(value: Decimal) -> Decimal:
    return abs(value).quantize(Decimal("0.01"))


def _utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is outside the years 1 to 9999") from None


def _storable_properties(value: dict[str, Any]) -> dict[str, Any]:
    if not _storable(value, MAX_DEPTH):
        raise ValueError(f"must be JSON without NUL, surrogates or NaN, at most {MAX_DEPTH} levels deep")
    return value


def _storable(value: object, levels: int) -> bool:
    match value:
        case str():
            return UNSTORABLE.search(value) is None
        case float():
            return isfinite(value)
        case dict():
            return levels > 0 and all(_storable(inner, levels - 1) for pair in value.items() for inner in pair)
        case list():
            return levels > 0 and all(_storable(inner, levels - 1) for inner in value)
        case _:
            return True


Address = Annotated[str, BeforeValidator(_email)]
Identifier = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Text = Annotated[str, Field(max_length=500), AfterValidator(_printable)]
Link = Annotated[str, Field(max_length=2000, pattern=r"^https?://"), AfterValidator(_printable)]
Money = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(ge=0, lt=100_000_000, decimal_places=2, allow_inf_nan=False),
    AfterValidator(_cents),
]
"""An amount in the store's currency: not negative, to the cent, within DECIMAL(10, 2)."""

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Phone = Annotated[str, Field(max_length=32), AfterValidator(_printable)]
Locale = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$", max_length=35)]
TimeZone = Annotated[str, Field(pattern=r"^[A-Za-z0-9_+\-/]{1,64}$")]
Properties = Annotated[dict[str, Any], Field(max_length=100), AfterValidator(_storable_properties)]
Channel = Literal["email", "sms"]
