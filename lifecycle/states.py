"""The states of a customer, and every step between them that exists."""

from enum import StrEnum


class State(StrEnum):
    """Where a customer is in the lifecycle."""

    VISITOR = "VISITOR"
    LEAD = "LEAD"
    CUSTOMER = "CUSTOMER"
    REPEAT = "REPEAT"
    VIP = "VIP"
    AT_RISK = "AT_RISK"
    CHURNED = "CHURNED"
    REACTIVATED = "REACTIVATED"


ALLOWED: frozenset[tuple[State, State]] = frozenset(
    {
        (State.VISITOR, State.LEAD),
        (State.VISITOR, State.CUSTOMER),
        (State.LEAD, State.CUSTOMER),
        (State.CUSTOMER, State.REPEAT),
        (State.REPEAT, State.VIP),
        (State.VIP, State.AT_RISK),
        (State.CUSTOMER, State.AT_RISK),
        (State.REPEAT, State.AT_RISK),
        (State.REACTIVATED, State.AT_RISK),
        (State.AT_RISK, State.CHURNED),
        (State.AT_RISK, State.CUSTOMER),
        (State.AT_RISK, State.REPEAT),
        (State.AT_RISK, State.VIP),
        (State.CHURNED, State.REACTIVATED),
        (State.REACTIVATED, State.CUSTOMER),
        (State.REACTIVATED, State.REPEAT),
        (State.REACTIVATED, State.VIP),
    }
)
"""The brief's table and its reading: a step that is not here is never taken."""

BEFORE_PURCHASE = frozenset({State.VISITOR, State.LEAD})
