"""Groups by chance: the same every time, of the size that was asked for, and independent of one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.assignment import arm_of, is_held_out
from lifecycle.campaigns import VariantWeight

CUSTOMERS = [f"CUSTOMER{number:018}" for number in range(20_000)]
SLIP = 0.015
"""Four standard deviations of a half among so many."""

A_AND_B = (VariantWeight(name="A"), VariantWeight(name="B"))


def held_out(slug: str, percent: int) -> set[str]:
    return {customer for customer in CUSTOMERS if is_held_out(customer, slug, percent)}


def in_arm(slug: str, name: str, arms: tuple[VariantWeight, ...] = A_AND_B) -> set[str]:
    return {customer for customer in CUSTOMERS if arm_of(customer, slug, arms) == name}


class TestHoldout:
    @pytest.mark.parametrize("percent", [1, 5, 10, 50])
    def test_is_as_large_as_was_asked_for(self, percent: int) -> None:
        assert len(held_out("win-back", percent)) / len(CUSTOMERS) == pytest.approx(percent / 100, abs=SLIP)

    def test_of_nothing_is_nobody_and_of_all_is_everybody(self) -> None:
        assert held_out("win-back", 0) == set()
        assert held_out("win-back", 100) == set(CUSTOMERS)

    def test_keeps_whom_it_has_when_it_grows(self) -> None:
        assert held_out("win-back", 5) < held_out("win-back", 10)

    def test_of_one_campaign_says_nothing_of_another(self) -> None:
        one, other = held_out("win-back", 20), held_out("vip-welcome", 20)
        assert len(one & other) / len(CUSTOMERS) == pytest.approx(0.04, abs=SLIP)

    def test_says_nothing_of_the_arms(self) -> None:
        both = held_out("win-back", 50) & in_arm("win-back", "A")
        assert len(both) / len(CUSTOMERS) == pytest.approx(0.25, abs=SLIP)


class TestArms:
    @pytest.mark.parametrize("weights", [(1, 1), (3, 1), (1, 1, 2), (90, 10)])
    def test_share_customers_by_their_weights(self, weights: tuple[int, ...]) -> None:
        arms = tuple(VariantWeight(name=f"arm-{place}", weight=weight) for place, weight in enumerate(weights))
        for arm in arms:
            share = len(in_arm("news", arm.name, arms)) / len(CUSTOMERS)
            assert share == pytest.approx(arm.weight / sum(weights), abs=SLIP)

    def test_of_one_campaign_say_nothing_of_another(self) -> None:
        both = in_arm("news", "A") & in_arm("win-back", "A")
        assert len(both) / len(CUSTOMERS) == pytest.approx(0.25, abs=SLIP)

    def test_are_none_without_a_test(self) -> None:
        assert arm_of("C", "news", ()) is None

    @given(st.text(min_size=1), st.lists(st.integers(1, 100), min_size=1, max_size=5))
    def test_everybody_is_in_one_and_always_the_same(self, customer: str, weights: list[int]) -> None:
        arms = [VariantWeight(name=f"arm-{place}", weight=weight) for place, weight in enumerate(weights)]
        assert arm_of(customer, "news", arms) in {arm.name for arm in arms}
        assert arm_of(customer, "news", arms) == arm_of(customer, "news", list(arms))


def test_assignments_are_frozen() -> None:
    """`printf 'holdout\\nwin-back\\nC2' | sha256sum` begins with 63bd, which is less than half: C2 is held out."""
    customers = [f"C{number}" for number in range(8)]
    assert [is_held_out(customer, "win-back", 50) for customer in customers] == [
        False,
        True,
        True,
        False,
        False,
        True,
        False,
        False,
    ]
    assert "".join(str(arm_of(customer, "win-back", A_AND_B)) for customer in customers) == "BAAAAABA"
