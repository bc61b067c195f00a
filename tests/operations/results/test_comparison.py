"""Whether two groups differ, against figures from the literature and by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import comparison
from lifecycle.comparison import (
    Average,
    Share,
    compare_averages,
    compare_shares,
    confidence_of_each,
)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        (Share(56, 70), Share(48, 80), 0.0524, 0.3339),
        (Share(9, 10), Share(3, 10), 0.1705, 0.8090),
        (Share(5, 56), Share(0, 29), -0.0381, 0.1926),
    ],
)
def test_the_interval_is_newcombes(
    one: Share, other: Share, low: float, high: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine
    # 17 (1998), table II, method 10.
    monkeypatch.setattr(comparison, "LEAST_CUSTOMERS", 1)
    monkeypatch.setattr(comparison, "LEAST_EVENTS", 1)
    found = compare_shares(one, other)
    assert found
    assert found.value == pytest.approx(one.rate - other.rate)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)
    assert found.is_significant == (low > 0)


def test_few_customers_or_few_who_did_it_are_too_early_to_tell() -> None:
    assert compare_shares(Share(50, 99), Share(10, 1000)) is None
    assert compare_shares(Share(9, 1000), Share(0, 1000)) is None
    assert compare_shares(Share(10, 1000), Share(0, 1000)) is not None
    assert compare_averages(Average(5, 1, 99), Average(1, 1, 1000)) is None


def test_a_difference_by_chance_is_not_certain() -> None:
    found = compare_shares(Share(52, 500), Share(45, 500))
    assert found
    assert found.low < 0 < found.high
    assert not found.is_significant


def test_averages_differ_by_welchs_standard_error() -> None:
    found = compare_averages(Average(12, 900, 400), Average(10, 400, 100))
    assert found
    # The standard error is √(900/400 + 400/100) = 2.5.
    assert (found.value, found.low, found.high) == pytest.approx((2, 2 - 1.95996 * 2.5, 2 + 1.95996 * 2.5), abs=1e-4)


def test_several_comparisons_have_to_be_more_confident_each() -> None:
    assert confidence_of_each(1) == pytest.approx(0.95)
    assert confidence_of_each(5) == pytest.approx(0.99)
    narrow, wide = (
        compare_shares(Share(60, 500), Share(40, 500), confidence) for confidence in (0.95, confidence_of_each(3))
    )
    assert narrow
    assert wide
    assert wide.low < narrow.low < narrow.high < wide.high


groups = st.integers(100, 5000).flatmap(lambda of: st.builds(Share, st.integers(5, of), st.just(of)))


@given(groups, groups)
def test_the_interval_holds_the_difference_and_turns_round_with_it(one: Share, other: Share) -> None:
    found, turned = compare_shares(one, other), compare_shares(other, one)
    assert found
    assert turned
    assert -1 <= found.low <= found.value + 1e-12
    assert found.value <= found.high + 1e-12 <= 1 + 1e-9
    assert (found.low, found.high) == pytest.approx((-turned.high, -turned.low))
