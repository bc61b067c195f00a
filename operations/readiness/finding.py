"""The result of a check: a light, what it saw, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Light(StrEnum):
    """GREEN is fine; AMBER works, and the operator should know; RED prevents campaigns from going live."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True)
class Finding:
    """The result of one check. Neither text contains a secret or a customer's address."""

    name: str
    light: Light
    saw: str
    to_do: str | None = None


def green(name: str, saw: str) -> Finding:
    """Everything is fine."""
    return Finding(name, Light.GREEN, saw)


def amber(name: str, saw: str, to_do: str) -> Finding:
    """It works, or could not be determined; the operator should look."""
    return Finding(name, Light.AMBER, saw, to_do)


def red(name: str, saw: str, to_do: str) -> Finding:
    """No message should be sent in this state."""
    return Finding(name, Light.RED, saw, to_do)


def by_light(findings: Iterable[Finding], light: Light) -> list[Finding]:
    """The findings of one light."""
    return [finding for finding in findings if finding.light is light]
