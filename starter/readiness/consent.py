"""Who counts as having agreed to marketing."""

from settings import Settings
from starter.readiness.finding import Finding, amber, green


def check_consent(settings: Settings) -> list[Finding]:
    """The consent of those who never said, and whether a yes is confirmed."""
    return [_default(settings), _double_opt_in(settings)]


def _default(settings: Settings) -> Finding:
    name = "consent"
    if settings.consent_default == "none":
        return green(name, "who never said gets no marketing")
    to_do = "see that the law where your customers live allows it, or set CONSENT_DEFAULT=none"
    return amber(name, "who never said gets marketing, too", to_do)


def _double_opt_in(settings: Settings) -> Finding:
    told = "is asked to confirm it" if settings.double_opt_in else "need not confirm it"
    return green("double opt-in", f"who agrees to marketing e-mail {told}")
