"""An event from the options of `retention event send`."""

import secrets
from typing import Any

from pydantic_core import from_json

from starter.commands.context import now
from starter.commands.errors import UsageError


def event_of(type_: str, email: str | None, assignments: list[str], currency: str) -> dict[str, Any]:
    """An event of the given fields, with a generated id, the current time and the store's currency."""
    event: dict[str, Any] = {
        "type": type_,
        "event_id": f"command:{secrets.token_hex(8)}",
        "occurred_at": now().isoformat(),
        **({} if email is None else {"customer_email": email}),
        **({"order": {"currency": currency}} if type_ == "ORDER_PAID" else {}),
    }
    for assignment in assignments:
        path, separator, value = assignment.partition("=")
        if not separator or not path.strip(":"):
            raise UsageError("--set: must be PATH=TEXT or PATH:=JSON, such as order.total=9.90")
        _assign(event, path.removesuffix(":").split("."), _json(path, value) if path.endswith(":") else value)
    return event


def _assign(target: dict[str, Any], path: list[str], value: Any) -> None:
    *parents, last = path
    for name in parents:
        target = target.setdefault(name, {})
        if not isinstance(target, dict):
            raise UsageError(f"--set: {'.'.join(path)} goes through {name}, which has a value")
    target[last] = value


def _json(path: str, value: str) -> Any:
    try:
        return from_json(value)
    except ValueError as error:
        raise UsageError(f"--set: {path}= is not JSON ({error})") from None
