"""From a trigger and today's campaigns to the messages that one customer is going to get."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from lifecycle.assignment import arm_of, is_held_out
from lifecycle.campaigns import Campaign, CampaignStatus, Purpose, Repeat
from lifecycle.messages import NewMessage, PastMessage, Trigger, message_key
from lifecycle.policy import Policy


def plan(
    customer_id: str,
    triggers: Iterable[Trigger],
    campaigns: Iterable[Campaign],
    past: Iterable[PastMessage],
    *,
    order_count: int,
    now: datetime,
    policy: Policy,
) -> tuple[NewMessage, ...]:
    """Plan the messages of some triggers, in the order of their priority.

    A campaign plans nothing if its conditions are not met. If it may not repeat, has no product left to write about,
    has expired, or the customer is held out, it plans a skipped message, so that the question "why not?" has an
    answer.
    """
    responding = sorted(
        (found for found in campaigns if found.status is not CampaignStatus.DRAFT),
        key=lambda found: (found.priority, found.slug, found.step),
    )
    earlier = list(past)
    planned: list[NewMessage] = []
    for trigger in triggers:
        fresh = [
            _message(customer_id, trigger, campaign, earlier, now, policy)
            for campaign in responding
            if campaign.trigger_event == trigger.event
            and campaign.conditions.unmet(trigger.context, order_count) is None
        ]
        planned.extend(fresh)
        earlier.extend(
            PastMessage(message.slug, trigger.occurrence, trigger.at, message.products)
            for message in fresh
            if message.skipped is None
        )
    return tuple(planned)


def _message(
    customer_id: str,
    trigger: Trigger,
    campaign: Campaign,
    past: list[PastMessage],
    now: datetime,
    policy: Policy,
) -> NewMessage:
    others = [m for m in past if m.slug == campaign.slug and m.occurrence != trigger.occurrence]
    products = _products(trigger.context, campaign, others, policy)
    reason = _repeats(trigger, campaign, others)
    if reason is None and campaign.max_products is not None and not products:
        reason = "no product that was not written about before"
    if reason is None and campaign.expires_at(trigger.at) <= now:
        reason = "expired before it was planned"
    held_out = reason is None and is_held_out(customer_id, campaign.slug, campaign.holdout)
    if held_out:
        reason = f"held out: one of the {campaign.holdout}% to compare with"
    return NewMessage(
        key=message_key(customer_id, campaign.slug, trigger.occurrence, campaign.step),
        campaign_id=campaign.id,
        slug=campaign.slug,
        step=campaign.step,
        name=campaign.name,
        trigger=trigger,
        due_at=campaign.due_at(trigger.at),
        expires_at=campaign.expires_at(trigger.at),
        products=products,
        skipped=reason,
        variant=arm_of(customer_id, campaign.slug, campaign.variants),
        held_out=held_out,
        marketing=campaign.purpose is Purpose.MARKETING,
        priority=campaign.priority,
    )


def _repeats(trigger: Trigger, campaign: Campaign, others: list[PastMessage]) -> str | None:
    if campaign.repeat is Repeat.ONCE and others:
        return "sent once in a life"
    if campaign.repeat is Repeat.AFTER_DAYS and campaign.repeat_after_days is not None:
        pause = timedelta(days=campaign.repeat_after_days)
        if any(abs(trigger.at - other.triggered_at) < pause for other in others):
            return f"sent less than {campaign.repeat_after_days} days ago"
    return None


def _products(
    context: dict[str, Any], campaign: Campaign, others: list[PastMessage], policy: Policy
) -> tuple[str, ...]:
    """The SKUs to write about: real products, not covered before, the most expensive first."""
    if campaign.max_products is None:
        return ()
    covered = {sku for other in others for sku in other.products}
    items = sorted(
        context.get("order", {}).get("items", ()),
        key=lambda item: (-float(item["unit_price"]) * item["quantity"], item["sku"]),
    )
    skus = dict.fromkeys(item["sku"] for item in items)
    services = {sku.upper() for sku in policy.service_skus}
    wanted = [sku for sku in skus if sku.upper() not in services and sku not in covered]
    return tuple(wanted[: campaign.max_products])
