"""The fold is one function of a set of facts, in whatever order they arrive."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from unittest.mock import patch

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lifecycle import history
from lifecycle.facts import Fact, Purchase, Refund, position
from lifecycle.fold import advance, fold
from lifecycle.history import MOST_RECENT, add_fact, of_facts
from lifecycle.standing import Standing, Transition
from lifecycle.states import ALLOWED, State
from tests.lifecycle.ledger import Listener, profile
from tests.lifecycle.shop import at
from tests.lifecycle.strategies import END, POLICY, facts, facts_of_one_order, instants

ZERO = Decimal("0.00")


def in_order(found: list[Fact]) -> list[Fact]:
    """Facts as the fold wants them."""
    return sorted(found, key=position)


@given(facts() | facts_of_one_order(), st.data())
def test_any_order_and_any_repetition_gives_the_same_standing(found: list[Fact], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(found + data.draw(st.lists(st.sampled_from(found)) if found else st.just([]))))
    assert of_facts(shuffled, END, POLICY) == of_facts(found, END, POLICY)


@given(facts(), st.data())
def test_one_by_one_with_time_between_gives_what_all_at_once_gives(found: list[Fact], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(found))
    repeated = data.draw(st.lists(st.sampled_from(shuffled), max_size=4)) if shuffled else []
    listener = Listener(POLICY)
    for fact in [*shuffled, *repeated]:
        arrival = max([fact.at, *(known.at for known in listener.ledger)])
        listener.hear(fact, arrival)
        if data.draw(st.booleans()):
            listener.wait_until(data.draw(st.sampled_from([arrival, arrival + timedelta(days=30), END])))
    listener.wait_until(END)
    assert profile(listener.history.current) == profile(of_facts(found, END, POLICY).current)


@given(facts(most=30), st.data())
def test_a_short_memory_with_late_facts_gives_what_all_at_once_gives(found: list[Fact], data: st.DataObject) -> None:
    with patch.multiple(history, MOST_RECENT=6, KEPT_RECENT=3):
        listener = Listener(POLICY)
        for fact in data.draw(st.permutations(found)):
            listener.hear(fact, END)
            if data.draw(st.booleans()):
                listener.wait_until(END)
                assert len(listener.history.recent) <= 6
        listener.wait_until(END)
        assert profile(listener.history.current) == profile(of_facts(found, END, POLICY).current)


@settings(max_examples=15, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(facts(least=MOST_RECENT + 5, most=MOST_RECENT + 40), st.lists(st.integers(0, MOST_RECENT), unique=True))
def test_a_long_life_with_late_facts_gives_what_all_at_once_gives(found: list[Fact], late: list[int]) -> None:
    in_time = [fact for number, fact in enumerate(found) if number not in late]
    listener = Listener(POLICY)
    for fact in [*in_order(in_time), *(found[number] for number in late)]:
        listener.hear(fact, END)
        listener.wait_until(END)
        assert len(listener.history.recent) <= MOST_RECENT
    assert profile(listener.history.current) == profile(of_facts(found, END, POLICY).current)


def test_a_late_fact_within_reach_needs_no_ledger_though_older_ones_are_folded() -> None:
    listener = Listener(POLICY)
    for day in range(2 * MOST_RECENT):
        listener.hear(Purchase(at(day), f"e-{day}", f"o-{day}", Decimal("1.00")), at(day))
        listener.wait_until(at(day))
    assert listener.history.base.order_count > MOST_RECENT / 2
    listener.hear(Refund(at(2 * MOST_RECENT - 20.5), "late", "o-3", "r-1", Decimal("0.50"), cancelled=False), END)
    assert listener.reloads == 0
    assert listener.history.current.total_spend == Decimal("199.50")


@given(facts(most=40), st.integers(0, 40))
def test_a_fold_may_stop_anywhere_and_go_on(found: list[Fact], cut: int) -> None:
    ordered = in_order(found)
    whole = fold(Standing(), ordered, POLICY)
    first = fold(Standing(), ordered[:cut], POLICY)
    rest = fold(first.standing, ordered[cut:], POLICY)
    assert rest.standing == whole.standing
    assert first.transitions + rest.transitions == whole.transitions


@given(facts())
def test_the_same_fact_twice_counts_once(found: list[Fact]) -> None:
    twice = [fact for fact in in_order(found) for _ in range(2)]
    assert fold(Standing(), twice, POLICY) == fold(Standing(), in_order(found), POLICY)
    known = of_facts(found, END, POLICY)
    assert all(add_fact(known, fact, END, POLICY).history is known for fact in found)


@given(facts())
def test_every_time_rule_that_came_due_before_a_fact_was_applied_before_it(found: list[Fact]) -> None:
    standing = Standing()
    for fact in in_order(found):
        in_time = advance(standing, fact.at, POLICY).standing
        standing = fold(standing, [fact], POLICY).standing
        assert standing == fold(in_time, [fact], POLICY).standing


@given(facts(), instants, instants)
def test_time_may_pass_in_any_number_of_steps(found: list[Fact], one: timedelta, other: timedelta) -> None:
    standing = fold(Standing(), in_order(found), POLICY).standing
    at_once = advance(standing, END, POLICY)
    transitions: tuple[Transition, ...] = ()
    for moment in sorted([one, other]):
        step = advance(standing, moment, POLICY)  # type: ignore[arg-type]
        standing, transitions = step.standing, transitions + step.transitions
    rest = advance(standing, END, POLICY)
    assert (rest.standing, transitions + rest.transitions) == (at_once.standing, at_once.transitions)


@given(facts(most=40))
def test_every_step_is_allowed_and_follows_the_one_before(found: list[Fact]) -> None:
    folded = fold(Standing(), in_order(found), POLICY)
    last = advance(folded.standing, END, POLICY)
    steps = [*folded.transitions, *last.transitions]
    states = [State.VISITOR, *(step.to_state for step in steps)]
    assert [step.from_state for step in steps] == states[:-1]
    assert last.standing.state is states[-1]
    assert {(step.from_state, step.to_state) for step in steps} <= ALLOWED
    assert all(earlier.at <= later.at for earlier, later in pairwise(steps))


@given(facts())
def test_steps_heard_one_by_one_follow_each_other_and_only_a_restated_one_leaves_the_table(found: list[Fact]) -> None:
    listener = Listener(POLICY)
    for fact in found:
        listener.hear(fact, END)
        listener.wait_until(END)
    states = [State.VISITOR, *(step.to_state for step in listener.transitions)]
    assert [step.from_state for step in listener.transitions] == states[:-1]
    assert listener.history.current.state is states[-1]
    plain = {(step.from_state, step.to_state) for step in listener.transitions if not step.restated}
    assert plain <= ALLOWED


@given(facts(most=40))
def test_spend_is_the_sum_of_paid_orders_less_what_went_back(found: list[Fact]) -> None:
    standing = fold(Standing(), in_order(found), POLICY).standing
    spend, count = ZERO, 0
    for order_id in {fact.order_id for fact in found if isinstance(fact, Purchase)}:
        total, back, undone = reckon(order_id, in_order(found))
        spend += total - back
        count += not undone
    assert (standing.total_spend, standing.order_count) == (spend, count)
    assert standing.total_spend >= 0


@settings(max_examples=300)
@given(facts_of_one_order())
def test_one_order_is_worth_its_total_less_what_went_back(found: list[Fact]) -> None:
    total, back, undone = reckon("o-1", in_order(found))
    standing = fold(Standing(), in_order(found), POLICY).standing
    assert (standing.total_spend, standing.order_count) == (total - back, int(not undone))


def reckon(order_id: str, ordered: list[Fact]) -> tuple[Decimal, Decimal, bool]:
    """What an order was worth, what went back, and whether it was undone: by hand, without the fold."""
    total = next(fact.total for fact in ordered if isinstance(fact, Purchase) and fact.order_id == order_id)
    about = [fact for fact in ordered if isinstance(fact, Refund) and fact.order_id == order_id]
    cancellations = [total if fact.amount is None else fact.amount for fact in about if fact.cancelled]
    refunds: dict[str, Decimal] = {}
    for fact in about:
        if not fact.cancelled and fact.amount is not None:
            refunds[fact.refund_id] = max(refunds.get(fact.refund_id, ZERO), fact.amount)
    back = min(total, max([sum(refunds.values(), ZERO), *cancellations]))
    return total, back, bool(cancellations) or (back == total and total > 0)


@given(facts(most=40))
def test_the_last_order_is_the_latest_of_those_that_count_the_first_time(found: list[Fact]) -> None:
    first: dict[str, Fact] = {}
    for fact in in_order(found):
        if isinstance(fact, Purchase):
            first.setdefault(fact.order_id, fact)
    latest = max((fact.at for fact in first.values()), default=None)
    assert fold(Standing(), in_order(found), POLICY).standing.last_order_date == latest


@given(facts(most=40))
def test_nobody_becomes_a_vip_at_or_below_the_threshold(found: list[Fact]) -> None:
    standing = Standing()
    for fact in in_order(found):
        folded = fold(standing, [fact], POLICY)
        standing = folded.standing
        if any(step.to_state is State.VIP for step in folded.transitions):
            assert standing.total_spend > POLICY.vip_threshold


@given(facts(least=1), st.data())
def test_a_ledger_may_leave_the_newest_facts_unfolded_from_any_time_on(found: list[Fact], data: st.DataObject) -> None:
    since = data.draw(st.sampled_from(found)).at
    with patch.object(history, "KEPT_RECENT", 0):
        opened = of_facts(found, END, POLICY, open_since=since)
    assert opened.current == of_facts(found, END, POLICY).current
    assert opened.reaches(Purchase(since, "a late one", "o-1", ZERO))
    assert {fact.event_id for fact in found if fact.at >= since} <= {fact.event_id for fact in opened.recent}
