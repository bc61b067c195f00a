"""Who counts as having agreed to marketing."""

from collections.abc import Iterable

from lifecycle.campaign_file import CampaignRow
from lifecycle.triggers import CONFIRM_SUBSCRIPTION
from operations.readiness.finding import Finding, amber, green
from settings import Settings


def check_consent(settings: Settings) -> Finding:
    """The consent of those who never said."""
    name = "consent"
    if settings.consent_default == "none":
        return green(name, "who never said gets no marketing")
    to_do = "see that the law where your customers live allows it, or set CONSENT_DEFAULT=none"
    return amber(name, "who never said gets marketing, too", to_do)


def check_double_opt_in(settings: Settings, live: Iterable[CampaignRow]) -> Finding:
    """Whether a yes has to be confirmed, and whether the campaign that asks for it is live."""
    name = "double opt-in"
    if not settings.double_opt_in:
        return green(name, "who agrees to marketing e-mail need not confirm it")
    if any(row.trigger_event == f"CUSTOM:{CONFIRM_SUBSCRIPTION}" for row in live):
        return green(name, "who agrees to marketing e-mail is asked to confirm it")
    told = "nobody is asked to confirm, and who has not gets no marketing e-mail"
    return amber(name, told, f"`retention campaign start {CONFIRM_SUBSCRIPTION}`")
