"""The one rule engine: a customer's state is a fold of facts, with the time rules between them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from lifecycle.facts import CartFilled, ChurnCheckFact, Fact, Purchase, Refund
from lifecycle.policy import Policy
from lifecycle.standing import OrderRecord, Standing, Transition
from lifecycle.states import BEFORE_PURCHASE, State


@dataclass(frozen=True)
class Folded:
    """A standing and the transitions that led to it."""

    standing: Standing
    transitions: tuple[Transition, ...]


def fold(standing: Standing, facts: Iterable[Fact], policy: Policy) -> Folded:
    """Fold facts, sorted and all later than `standing`, onto it. The same event twice counts once."""
    folding = _Folding(standing, policy)
    for fact in facts:
        folding.add(fact)
    return folding.result()


def advance(standing: Standing, now: datetime, policy: Policy) -> Folded:
    """Apply the time rules up to and including `now`."""
    folding = _Folding(standing, policy)
    folding.advance(now)
    return folding.result()


def next_time_rule(standing: Standing, policy: Policy) -> datetime | None:
    """When a time rule moves this customer if nothing else happens."""
    step = _next_step(standing, policy)
    return step.at if step else None


def _next_step(standing: Standing, policy: Policy) -> Transition | None:
    if standing.last_order_date is None:
        return None
    match standing.state:
        case State.VIP:
            target, after = State.AT_RISK, policy.at_risk_after
        case State.AT_RISK:
            target, after = State.CHURNED, policy.churned_after
        case _:
            return None
    due = max(standing.last_order_date + after, standing.changed_at)
    return Transition(standing.state, target, due, f"no purchase in {after.days} days")


def rank(order_count: int, total_spend: Decimal, policy: Policy) -> State:
    """The state that an active customer has by the totals."""
    if order_count < 2:
        return State.CUSTOMER
    return State.VIP if total_spend > policy.vip_threshold else State.REPEAT


class _Folding:
    """A standing while it is being folded; mutable here and nowhere else."""

    def __init__(self, standing: Standing, policy: Policy) -> None:
        self._policy = policy
        self._standing = standing
        self._orders = dict(standing.orders)
        self._transitions: list[Transition] = []

    def result(self) -> Folded:
        return Folded(replace(self._standing, orders=self._orders), tuple(self._transitions))

    def add(self, fact: Fact) -> None:
        self.advance(fact.at)
        match fact:
            case CartFilled() if self._standing.state is State.VISITOR:
                self._move(State.LEAD, fact.at, fact.event_id)
            case Purchase():
                self._purchase(fact)
            case Refund():
                self._refund(fact)
            case ChurnCheckFact():
                self._check(fact)
        self._standing = replace(self._standing, at=fact.at, event_id=fact.event_id)

    def advance(self, now: datetime) -> None:
        while (step := _next_step(self._standing, self._policy)) is not None and step.at <= now:
            self._move(step.to_state, step.at, step.cause)

    def _purchase(self, fact: Purchase) -> None:
        known = self._orders.get(fact.order_id, OrderRecord())
        if known.total is not None:
            return
        self._account(fact.order_id, replace(known, total=fact.total))
        self._standing = replace(self._standing, last_order_date=fact.at)
        state, count, spend = self._standing.state, self._standing.order_count, self._standing.total_spend
        if state is State.CHURNED:
            self._move(State.REACTIVATED, fact.at, fact.event_id)
            return
        if state in {State.AT_RISK, State.REACTIVATED}:
            self._move(rank(count, spend, self._policy), fact.at, fact.event_id)
            return
        if state in BEFORE_PURCHASE:
            self._move(State.CUSTOMER, fact.at, fact.event_id)
        if self._standing.state is State.CUSTOMER and count > 1:
            self._move(State.REPEAT, fact.at, fact.event_id)
        if self._standing.state is State.REPEAT and spend > self._policy.vip_threshold:
            self._move(State.VIP, fact.at, fact.event_id)

    def _refund(self, fact: Refund) -> None:
        known = self._orders.get(fact.order_id, OrderRecord())
        if fact.cancelled:
            amounts = [amount for amount in (known.cancelled_amount, fact.amount) if amount is not None]
            whole = fact.amount is None or (known.cancelled and known.cancelled_amount is None)
            record = replace(known, cancelled=True, cancelled_amount=None if whole else max(amounts))
        else:
            given = max(known.refunds.get(fact.refund_id, Decimal("0.00")), fact.amount or Decimal("0.00"))
            record = replace(known, refunds={**known.refunds, fact.refund_id: given})
        self._account(fact.order_id, record)

    def _account(self, order_id: str, record: OrderRecord) -> None:
        before = self._orders.get(order_id, OrderRecord())
        self._orders[order_id] = record
        self._standing = replace(
            self._standing,
            total_spend=self._standing.total_spend + record.spend - before.spend,
            order_count=self._standing.order_count + record.counted - before.counted,
        )

    def _check(self, fact: ChurnCheckFact) -> None:
        last = self._standing.last_order_date
        if last is None or self._standing.state not in self._policy.checked_states:
            return
        if fact.at - last > self._policy.check_after:
            self._move(State.AT_RISK, fact.at, fact.event_id)
            self.advance(fact.at)

    def _move(self, target: State, at: datetime, cause: str) -> None:
        if target is self._standing.state:
            return
        self._transitions.append(Transition(self._standing.state, target, at, cause))
        self._standing = replace(self._standing, state=target, changed_at=at)
