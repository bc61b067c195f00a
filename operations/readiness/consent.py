"""Which customers count as having agreed to marketing."""

from collections.abc import Iterable

from lifecycle.campaign_file import CampaignRow
from lifecycle.triggers import CONFIRM_SUBSCRIPTION
from operations.readiness.finding import Finding, amber, green
from settings import Settings


def check_consent(settings: Settings) -> Finding:
    """The default for customers without a statement."""
    name = "consent"
    if settings.consent_default == "none":
        return green(name, "customers without a statement get no marketing")
    to_do = "check that the law of your customers' countries allows it, or set CONSENT_DEFAULT=none"
    return amber(name, "customers without a statement get marketing, too", to_do)


def check_double_opt_in(settings: Settings, live: Iterable[CampaignRow]) -> Finding:
    """Whether consent must be confirmed, and whether the campaign that asks for the confirmation is live."""
    name = "double opt-in"
    if not settings.double_opt_in:
        return green(name, "consent to marketing e-mail needs no confirmation")
    if any(row.trigger_event == f"CUSTOM:{CONFIRM_SUBSCRIPTION}" for row in live):
        return green(name, "customers are asked to confirm their consent to marketing e-mail")
    seen = "no customer is asked to confirm, and without it gets no marketing e-mail"
    return amber(name, seen, f"`retention campaign start {CONFIRM_SUBSCRIPTION}`")
