"""The last question before a send: now, later, or never. Asked at send time, with what is true then."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lifecycle.campaigns import Campaign, CampaignStatus, Exit, Purpose
from lifecycle.messages import ended

SMS_OPENS = time(8)
SMS_CLOSES = time(21)
FIRST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(days=1)


class Suppression(StrEnum):
    """Why an address gets nothing more on a channel."""

    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    MANUAL = "manual"


@dataclass(frozen=True)
class Recipient:
    """What is known of the customer on the message's channel when it is about to be sent."""

    address: str | None
    consent: bool | None
    suppression: str | None
    time_zone: str | None


@dataclass(frozen=True)
class Send:
    """Go."""


@dataclass(frozen=True)
class Skip:
    """Never; the reason is kept with the message."""

    reason: str


@dataclass(frozen=True)
class Wait:
    """Not now, ask again at `until`."""

    until: datetime
    reason: str


Verdict = Send | Skip | Wait


def decide(
    campaign: Campaign,
    recipient: Recipient,
    *,
    happened: frozenset[Exit],
    expires_at: datetime,
    attempts: int,
    now: datetime,
    consent_by_default: bool,
) -> Verdict:
    """Whether a planned message may go out at `now`."""
    never = (
        ended(happened, campaign.exit_on)
        or ("expired" if expires_at <= now else None)
        or _unwanted(campaign, recipient, consent_by_default)
    )
    if never is not None:
        return Skip(never)
    if campaign.status is not CampaignStatus.LIVE:
        return Wait(min(now + growing_pause(attempts), expires_at), f"campaign is {campaign.status.value}")
    opens = _opens_at(now, recipient.time_zone) if campaign.channel == "SMS" else now
    if opens > now:
        return Wait(opens, "quiet hours") if opens < expires_at else Skip("expires within quiet hours")
    return Send()


def growing_pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: a quarter of an hour, doubling up to a day."""
    doubled: int = 2 ** min(attempts, 10)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def _unwanted(campaign: Campaign, recipient: Recipient, consent_by_default: bool) -> str | None:
    if not recipient.address:
        return "no address on this channel"
    marketing = campaign.purpose is Purpose.MARKETING
    if recipient.suppression is not None and (marketing or recipient.suppression != Suppression.UNSUBSCRIBE):
        return f"suppressed: {recipient.suppression}"
    if recipient.consent is False and (marketing or campaign.channel == "SMS"):
        return "consent withdrawn"
    if marketing and recipient.consent is None and not consent_by_default:
        return "no consent"
    return None


def _opens_at(now: datetime, time_zone: str | None) -> datetime:
    """The next moment at which a text message may arrive: 8:00 to 21:00 where the customer is."""
    try:
        zone = ZoneInfo(time_zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = ZoneInfo("UTC")
    local = now.astimezone(zone)
    if SMS_OPENS <= local.time() < SMS_CLOSES:
        return now
    day = local.date() if local.time() < SMS_OPENS else local.date() + timedelta(days=1)
    return datetime.combine(day, SMS_OPENS, zone).astimezone(now.tzinfo)
