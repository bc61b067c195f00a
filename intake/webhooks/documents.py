"""JSON documents in deliveries, parsed into models that require no more than they need."""

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

from intake.webhooks.shop_adapter import UnreadableDelivery
from retention_client.fields import Money
from retention_client.reasons import plain_reason

T = TypeVar("T")
D = TypeVar("D", bound="Document")

_DIGITS = re.compile(r"[1-9][0-9]{0,19}")


class Document(BaseModel):
    """Part of a delivery; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


def read_json(body: bytes) -> object:
    """Parse a body. Raises `UnreadableDelivery`, whose message is meant to follow `body:`."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise UnreadableDelivery(f"is not JSON ({error})") from None


def read_as(document_type: type[D], value: object) -> D:
    """Validate a JSON value as a document. Raises `UnreadableDelivery` with the field and the reason."""
    try:
        return document_type.model_validate(value)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
        reason = "must be one JSON object" if problem["type"] == "model_type" else plain_reason(problem)
        path = ".".join(map(str, problem["loc"]))
        raise UnreadableDelivery(f"{path}: {reason}" if path else reason) from None


def _none_if_invalid(value: object, check: ValidatorFunctionWrapHandler) -> object:
    try:
        return check(value)
    except ValidationError:
        return None


def _numeric_id(value: object) -> str:
    text = str(value) if isinstance(value, int) and 0 < value < 2**64 else value
    if not isinstance(text, str) or not _DIGITS.fullmatch(text):
        raise ValueError("is not a numeric id")
    return text


def _to_the_cent(value: object) -> Decimal:
    try:
        return Decimal(str(value)).quantize(Decimal("0.01"))
    except ArithmeticError:
        raise ValueError("must be an amount") from None


Maybe = Annotated[T | None, WrapValidator(_none_if_invalid)]
"""None instead of a value that the contract would reject: a bad locale must not cost an order."""

NumericId = Annotated[str, BeforeValidator(_numeric_id)]
"""A numeric id, as text. 0 means that there is none, and is invalid."""

NonBlank = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]
Price = Annotated[Money, BeforeValidator(_to_the_cent)]
"""A unit price, rounded to cents: shops that divide a line total by its quantity send many digits."""
