"""Inputs and results of the activities of the workflow `CheckChurnRisk`."""

from dataclasses import dataclass
from datetime import datetime

CHECK_SIGNAL = "check_churn_risk"
"""The signal of the check to a customer's workflow; its argument has the time, `as_of`."""


@dataclass(frozen=True)
class CheckPage:
    """Look at customers whose id comes after `after`, as of a time. A dry run only counts."""

    as_of: datetime
    after: str = ""
    dry_run: bool = False


@dataclass(frozen=True)
class CheckResult:
    """How many were signalled or started, or would be, up to the id `last`; it is None when there are no more."""

    found: int
    last: str | None
