"""Daily churn checks for the past: the checks that would have moved a customer, had they run.

An imported history counts as checked every day at `CHECKED_AT`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from lifecycle.facts import ChurnCheckFact, Fact, Purchase, position
from lifecycle.fold import fold
from lifecycle.policy import Policy
from lifecycle.standing import Standing

CHECKED_AT = time(3, tzinfo=UTC)
DAY = timedelta(days=1)


def check_id(as_of: datetime, customer: str) -> str:
    """The event id of a customer's check, as the daily check makes it."""
    return f"churn-check:{as_of.isoformat()}:{customer}"


def checks_that_move(
    facts: Sequence[Fact], customer: str, until: datetime, policy: Policy
) -> tuple[ChurnCheckFact, ...]:
    """The checks up to and including `until`, one a day, that move the customer with these sorted facts.

    Checks among the facts are not repeated. There is at most one after each order: the first one late enough to move
    the customer.
    """
    standing, found = Standing(), list[ChurnCheckFact]()
    unfolded, paid = list[Fact](), set[str]()
    check: ChurnCheckFact | None = None
    for fact in (*facts, None):
        if check and check.at <= until and (fact is None or position(check) < position(fact)):
            standing, unfolded = fold(standing, unfolded, policy).standing, []
            checked = fold(standing, (check,), policy)
            if any(step.cause == check.event_id for step in checked.transitions):
                standing = checked.standing
                found.append(check)
            check = None
        if fact is None or fact.at > until:
            break
        unfolded.append(fact)
        if isinstance(fact, Purchase) and fact.order_id not in paid:
            paid.add(fact.order_id)
            check = _first_check_after(fact.at + policy.check_after, customer)
    return tuple(found)


def _first_check_after(moment: datetime, customer: str) -> ChurnCheckFact:
    same_day = datetime.combine(moment.astimezone(UTC).date(), CHECKED_AT)
    at = same_day if same_day > moment else same_day + DAY
    return ChurnCheckFact(at, check_id(at, customer))
