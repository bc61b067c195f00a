"""Whether two groups of customers differ, or chance alone may have made the difference."""

import math
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95
LEAST_CUSTOMERS = 100
LEAST_EVENTS = 10
"""With fewer customers in either group, or fewer events in both together, it is too early to tell."""


@dataclass(frozen=True)
class Share:
    """`count` customers `of` a group did something."""

    count: int
    of: int

    @property
    def rate(self) -> float:
        """Between 0 and 1; of an empty group it is 0."""
        return self.count / self.of if self.of else 0.0


@dataclass(frozen=True)
class Average:
    """The mean of something over the `of` customers of a group, and its sample variance."""

    mean: float
    variance: float
    of: int


@dataclass(frozen=True)
class Difference:
    """One group less the other, and the interval that holds the true difference with the requested confidence."""

    value: float
    low: float
    high: float

    @property
    def is_significant(self) -> bool:
        """Whether the interval excludes 0, so that chance alone does not explain the difference."""
        return self.low > 0 or self.high < 0


def compare_shares(one: Share, other: Share, confidence: float = CONFIDENCE) -> Difference | None:
    """How much larger the rate of `one` is, by Newcombe's interval; None when it is too early to tell.

    It is made of Wilson's intervals of both, which hold for few events and for rates near 0 and 1.
    """
    if not _enough(one.of, other.of) or one.count + other.count < LEAST_EVENTS:
        return None
    (low, high), (other_low, other_high) = (_wilson(share, confidence) for share in (one, other))
    value = one.rate - other.rate
    return Difference(
        value,
        value - math.hypot(one.rate - low, other_high - other.rate),
        value + math.hypot(high - one.rate, other.rate - other_low),
    )


def compare_averages(one: Average, other: Average, confidence: float = CONFIDENCE) -> Difference | None:
    """How much larger the mean of `one` is, by Welch's standard error; None when it is too early to tell."""
    if not _enough(one.of, other.of):
        return None
    value = one.mean - other.mean
    margin = _quantile(confidence) * math.sqrt(one.variance / one.of + other.variance / other.of)
    return Difference(value, value - margin, value + margin)


def confidence_of_each(comparisons: int) -> float:
    """Return the confidence that each of several comparisons needs for all of them to hold together (Bonferroni)."""
    return 1 - (1 - CONFIDENCE) / max(1, comparisons)


def _enough(*groups: int) -> bool:
    return min(groups) >= LEAST_CUSTOMERS


def _wilson(share: Share, confidence: float) -> tuple[float, float]:
    z = _quantile(confidence)
    middle = (share.rate + z * z / (2 * share.of)) / (1 + z * z / share.of)
    spread = z * math.sqrt(share.rate * (1 - share.rate) / share.of + (z / (2 * share.of)) ** 2)
    half = spread / (1 + z * z / share.of)
    return middle - half, middle + half


def _quantile(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)
