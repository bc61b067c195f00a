"""Deliveries as JSON documents, read at the border into models that ask for no more than they need."""

import re
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import from_json

from intake.webhooks.shop import UnreadableDelivery
from retention_client.fields import Money

T = TypeVar("T")
D = TypeVar("D", bound="Document")

_DIGITS = re.compile(r"[1-9][0-9]{0,19}")


class Document(BaseModel):
    """A part of a delivery; whatever else a shop sends along is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


def read_json(body: bytes) -> object:
    """The JSON value in a body. Raises `UnreadableDelivery`, whose message goes on where `body:` ends."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise UnreadableDelivery(f"is not JSON ({error})") from None


def read_as(kind: type[D], value: object) -> D:
    """A JSON value as a document of a kind. Raises `UnreadableDelivery` with the field and the reason."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
        reason = (
            "must be one JSON object"
            if problem["type"] == "model_type"
            else problem["msg"].removeprefix("Value error, ")
        )
        path = ".".join(map(str, problem["loc"]))
        raise UnreadableDelivery(f"{path}: {reason}" if path else reason) from None


def _or_nothing(value: object, check: ValidatorFunctionWrapHandler) -> object:
    try:
        return check(value)
    except ValidationError:
        return None


def _number(value: object) -> str:
    text = str(value) if isinstance(value, int) and 0 < value < 2**64 else value
    if not isinstance(text, str) or not _DIGITS.fullmatch(text):
        raise ValueError("is not the number of anything")
    return text


def _to_the_cent(value: object) -> Decimal:
    try:
        return Decimal(str(value)).quantize(Decimal("0.01"))
    except ArithmeticError:
        raise ValueError("must be an amount") from None


Maybe = Annotated[T | None, WrapValidator(_or_nothing)]
"""What the contract would refuse is as good as left out: an order is not lost for a bad locale."""

Number = Annotated[str, BeforeValidator(_number)]
"""The id of something, as text; 0 stands for nothing."""

Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]
Price = Annotated[Money, BeforeValidator(_to_the_cent)]
"""What a piece costs, rounded: shops that divide a line by its quantity send as many digits as there are."""
