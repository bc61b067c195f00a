"""Whether the links in messages lead to the gateway."""

from urllib.parse import urlsplit

from activities.delivery.providers.loopback import is_loopback
from operations.readiness.finding import Finding, green, red
from operations.readiness.staying_here import MAIL_STAYS, mail_stays_here
from operations.readiness.web import Answered, NoAnswer, ask
from settings import Settings

NAME = "public address"


async def ask_gateway(settings: Settings) -> Answered | NoAnswer:
    """What is heard of the gateway from here; it is not asked when nothing depends on it."""
    if mail_stays_here(settings) or not settings.public_url.startswith("https://"):
        return NoAnswer("was not asked")
    return await ask(f"{settings.public_url}/healthz")


def check_public_url(settings: Settings, health: Answered | NoAnswer) -> Finding:
    """Every marketing mail is unsubscribed from by a link there."""
    if mail_stays_here(settings):
        return green(NAME, MAIL_STAYS)
    url = urlsplit(settings.public_url)
    if is_loopback(url.hostname or ""):
        return red(NAME, "PUBLIC_URL is this machine", "set PUBLIC_URL to where the gateway is seen from outside")
    if url.scheme != "https":
        return red(NAME, "PUBLIC_URL is not https", "put TLS before the gateway: one-click unsubscribing needs it")
    return _heard(url.hostname or "", health)


def _heard(host: str, health: Answered | NoAnswer) -> Finding:
    match health:
        case Answered(200, {"status": "alive"}):
            return green(NAME, f"the gateway answers at {host}")
        case Answered(status, _):
            return red(NAME, f"{host}/healthz answers {status}, and not as the gateway", "have PUBLIC_URL lead to it")
        case NoAnswer(reason):
            return red(NAME, f"{host}/healthz {reason}", "start `retention gateway`, and see that it is reachable")
