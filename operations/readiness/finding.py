"""What a check came to: a light, what it saw, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Light(StrEnum):
    """GREEN is well; AMBER works, and should be known; RED keeps a campaign from going live."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True)
class Finding:
    """One check. Neither text has a secret or a customer's address in it."""

    name: str
    light: Light
    saw: str
    to_do: str | None = None


def green(name: str, saw: str) -> Finding:
    """All is well."""
    return Finding(name, Light.GREEN, saw)


def amber(name: str, saw: str, to_do: str) -> Finding:
    """It works, or nobody knows; somebody should look."""
    return Finding(name, Light.AMBER, saw, to_do)


def red(name: str, saw: str, to_do: str) -> Finding:
    """Nobody should be written to like this."""
    return Finding(name, Light.RED, saw, to_do)


def by_light(findings: Iterable[Finding], light: Light) -> list[Finding]:
    """Those of one light."""
    return [finding for finding in findings if finding.light is light]
