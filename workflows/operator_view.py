"""What an operator sees of a customer in the Temporal UI: details in Markdown, search attributes, query results."""

from datetime import datetime
from typing import Any

from temporalio.common import SearchAttributeUpdate, TypedSearchAttributes

from lifecycle.carts import next_abandonment
from lifecycle.customer import Customer
from lifecycle.fold import next_time_rule
from lifecycle.policy import Policy
from retention_client.customer_workflow import CUSTOMER_STATE, LIFETIME_SPEND, ORDER_COUNT
from workflows.names import LAST_ORDER_DATE

_TIME = "%Y-%m-%d %H:%M UTC"


def details(customer: Customer, policy: Policy, problem: str | None) -> str:
    """The customer at a glance. `problem` says why events cannot be applied."""
    standing = customer.standing
    last = standing.last_order_date
    lines = [
        f"## {standing.state}: {_escaped(customer.email)}",
        f"**{standing.order_count}** orders, **{standing.total_spend:.2f} {policy.currency}** in all, "
        f"last order {_formatted(last) if last else 'never'}",
        "",
        *([f"> **Waiting:** {problem}", ""] if problem else []),
        "**Upcoming**",
        "",
        *(f"- {_formatted(at)}: {_escaped(what)}" for at, what in _coming(customer, policy)),
        "",
        "**Latest**",
        "",
        *(f"- {_formatted(decision.at)}: {_escaped(decision.what)}" for decision in reversed(customer.decisions)),
    ]
    if customer.parked:
        lines += ["", "**Not applied** (stored in the inbox)", ""]
        lines += [f"- `{parked.event_id}`: {_escaped(parked.reason)}" for parked in customer.parked]
    return "\n".join(lines)


def profile(customer: Customer, policy: Policy, problem: str | None) -> dict[str, Any]:
    """The result of the query `profile`."""
    standing = customer.standing
    return {
        "customer_id": customer.customer_id,
        "customer_email": customer.email,
        "state": standing.state,
        "total_spend": f"{standing.total_spend:.2f}",
        "currency": policy.currency,
        "order_count": standing.order_count,
        "last_order_date": standing.last_order_date,
        "open_carts": sorted(customer.carts.open),
        "consent": {channel: customer.contact.consent(channel) for channel in ("email", "sms")},
        "coming": [{"at": at, "what": what} for at, what in _coming(customer, policy)],
        "not_applied": [{"event_id": parked.event_id, "reason": parked.reason} for parked in customer.parked],
        "trouble": problem,
        "epoch": customer.epoch,
        "revision": customer.revision,
    }


def timeline(customer: Customer) -> list[dict[str, Any]]:
    """The result of the query `timeline`: the latest decisions, oldest first. PostgreSQL has all of them."""
    return [{"at": decision.at, "what": decision.what} for decision in customer.decisions]


def next_up(customer: Customer, policy: Policy, problem: str | None) -> str:
    """What happens next, as the summary of the running timer."""
    coming = _coming(customer, policy)
    return problem or (coming[0][1] if coming else "nothing")


def attribute_updates(customer: Customer, current: TypedSearchAttributes) -> list[SearchAttributeUpdate[Any]]:
    """Updates of the search attributes that changed; usually none."""
    standing = customer.standing
    spend, last = float(standing.total_spend), standing.last_order_date
    wanted: list[tuple[Any, SearchAttributeUpdate[Any]]] = [
        (CUSTOMER_STATE, CUSTOMER_STATE.value_set(standing.state.value)),
        (LIFETIME_SPEND, LIFETIME_SPEND.value_set(spend)),
        (ORDER_COUNT, ORDER_COUNT.value_set(standing.order_count)),
        *([(LAST_ORDER_DATE, LAST_ORDER_DATE.value_set(last))] if last else []),
    ]
    return [update for key, update in wanted if current.get(key) != update.value]


def _coming(customer: Customer, policy: Policy) -> list[tuple[datetime, str]]:
    rule, cart = next_time_rule(customer.standing, policy), next_abandonment(customer.carts, policy)
    return sorted(
        [
            *([(rule, f"leaves {customer.standing.state} without a purchase")] if rule else []),
            *([(cart, "a cart becomes abandoned")] if cart else []),
            *((message.due_at, message.label) for message in customer.messages),
        ]
    )


def _formatted(at: datetime) -> str:
    return at.strftime(_TIME)


def _escaped(text: str) -> str:
    """External text with Markdown's special characters escaped."""
    return "".join(f"\\{character}" if character in "\\`*_[]()<>#|!" else character for character in text)
