"""The last decision before a send: now, later, or never. It is made at send time, with what is true then."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Literal

from lifecycle.campaigns import Campaign, CampaignStatus, Exit, Purpose
from lifecycle.frequency import NO_CAPS, Caps, check_caps
from lifecycle.local_time import MORNING, is_between, is_hour, next_time, zone_of
from lifecycle.messages import ended

SMS_OPENS = time(8)
SMS_CLOSES = time(21)
FIRST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(days=1)
LONGEST_STOP = timedelta(hours=1)
"""The longest pause while sending is stopped: it goes on soon after the stop has ended."""

Stopped = Literal["MARKETING", "ALL"]
"""Which sending is stopped."""


class SuppressionReason(StrEnum):
    """Why an address gets nothing more on a channel."""

    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    MANUAL = "manual"


@dataclass(frozen=True)
class Recipient:
    """What is known of the customer on the message's channel when it is about to be sent.

    `confirmed` says that a consent was confirmed from the address itself; `allowed`, that this installation may write
    to the address at all.
    """

    address: str | None
    consent: bool | None
    suppression: str | None
    time_zone: str | None
    confirmed: bool = False
    allowed: bool = True


@dataclass(frozen=True)
class SendingRules:
    """The rules of a shop for messages, read anew for each message.

    `quiet_hours` are from and to on the customer's clock, for marketing e-mail; text messages have hours of their own.
    `time_zone` is for customers of whom none is known.
    """

    consent_by_default: bool = False
    double_opt_in: bool = False
    caps: Caps = NO_CAPS
    quiet_hours: tuple[time, time] | None = None
    time_zone: str = "UTC"


@dataclass(frozen=True)
class Send:
    """Now."""


@dataclass(frozen=True)
class Skip:
    """Never; the reason is stored with the message."""

    reason: str


@dataclass(frozen=True)
class Wait:
    """Not now; decide again at `until`."""

    until: datetime
    reason: str


Verdict = Send | Skip | Wait


def decide(
    campaign: Campaign,
    recipient: Recipient,
    rules: SendingRules,
    *,
    happened: frozenset[Exit],
    expires_at: datetime,
    attempts: int,
    now: datetime,
    sent: tuple[datetime, ...] = (),
    stopped: Stopped | None = None,
) -> Verdict:
    """Whether a planned message may go out at `now`, after the marketing messages `sent` to the same customer."""
    never = (
        ended(happened, campaign.exit_on)
        or ("expired" if expires_at <= now else None)
        or _unwanted(campaign, recipient, rules)
    )
    if never is not None:
        return Skip(never)
    held = _held(campaign, attempts, now, stopped)
    if held is not None:
        return Wait(min(held.until, expires_at), held.reason)
    later = _later(campaign, recipient, rules, now, sent)
    if later is None:
        return Send()
    # A message that would expire before it may be sent ends now, with the reason.
    return later if later.until < expires_at else Skip(f"expires before it may be sent ({later.reason})")


def backoff(attempts: int) -> timedelta:
    """Return the pause after so many attempts: a quarter of an hour, doubling up to a day."""
    doubled: int = 2 ** min(attempts, 10)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def _unwanted(campaign: Campaign, recipient: Recipient, rules: SendingRules) -> str | None:
    marketing = campaign.purpose is Purpose.MARKETING
    suppressed = recipient.suppression is not None and (
        marketing or recipient.suppression != SuppressionReason.UNSUBSCRIBE
    )
    unconfirmed = rules.double_opt_in and campaign.channel == "EMAIL" and not recipient.confirmed
    reasons = {
        "no address on this channel": not recipient.address,
        "not on the list of recipients that this installation may write to": not recipient.allowed,
        f"suppressed: {recipient.suppression}": suppressed,
        "consent withdrawn": recipient.consent is False and (marketing or campaign.channel == "SMS"),
        "no consent": marketing and recipient.consent is None and not rules.consent_by_default,
        "consent not confirmed": marketing and unconfirmed,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _held(campaign: Campaign, attempts: int, now: datetime, stopped: Stopped | None) -> Wait | None:
    if stopped == "ALL" or (stopped and campaign.purpose is Purpose.MARKETING):
        what = "all sending" if stopped == "ALL" else "marketing"
        return Wait(now + min(backoff(attempts), LONGEST_STOP), f"{what} is stopped")
    if campaign.status is not CampaignStatus.LIVE:
        return Wait(now + backoff(attempts), f"campaign is {campaign.status.value}")
    return None


def _later(
    campaign: Campaign, recipient: Recipient, rules: SendingRules, now: datetime, sent: tuple[datetime, ...]
) -> Wait | None:
    """When the customer's day, or their week, has room for the message; None when that is now."""
    zone = zone_of(recipient.time_zone, rules.time_zone)
    marketing = campaign.purpose is Purpose.MARKETING
    hour = campaign.send_at_hour
    slot = MORNING if hour is None else time(hour)
    capped = check_caps(rules.caps, sent, now, zone, slot) if marketing else None
    if capped is not None:
        return Wait(capped.until, capped.reason)
    if hour is not None and not is_hour(now, hour, zone):
        return Wait(next_time(now, time(hour), zone), f"the customer's {hour} o'clock")
    if campaign.channel == "SMS" and not is_between(now, SMS_OPENS, SMS_CLOSES, zone):
        return Wait(next_time(now, SMS_OPENS, zone), "quiet hours")
    # A campaign with an hour of its own has chosen that hour.
    quiet = rules.quiet_hours if campaign.channel == "EMAIL" and marketing and hour is None else None
    if quiet and is_between(now, *quiet, zone):
        return Wait(next_time(now, quiet[1], zone), "quiet hours")
    return None
