"""Whether the links in messages lead to the gateway."""

from urllib.parse import urlsplit

from activities.delivery.providers.loopback import is_loopback
from operations.readiness.finding import Finding, green, red
from operations.readiness.local_mail import MAIL_IS_LOCAL, mail_is_local
from operations.readiness.web import NoAnswer, WebAnswer, ask
from settings import Settings

NAME = "public address"


async def ask_gateway(settings: Settings) -> WebAnswer | NoAnswer:
    """The gateway's answer at its public address; it is not queried when nothing depends on it."""
    if mail_is_local(settings) or not settings.public_url.startswith("https://"):
        return NoAnswer("was not asked")
    return await ask(f"{settings.public_url}/healthz")


def check_public_url(settings: Settings, health: WebAnswer | NoAnswer) -> Finding:
    """Whether PUBLIC_URL leads to the gateway, which every unsubscribe link needs."""
    if mail_is_local(settings):
        return green(NAME, MAIL_IS_LOCAL)
    url = urlsplit(settings.public_url)
    if is_loopback(url.hostname or ""):
        return red(NAME, "PUBLIC_URL is this machine", "set PUBLIC_URL to the gateway's address from outside")
    if url.scheme != "https":
        return red(
            NAME, "PUBLIC_URL is not https", "put TLS in front of the gateway: one-click unsubscribe requires it"
        )
    return _answered(url.hostname or "", health)


def _answered(host: str, health: WebAnswer | NoAnswer) -> Finding:
    match health:
        case WebAnswer(200, {"status": "alive"}):
            return green(NAME, f"the gateway answers at {host}")
        case WebAnswer(status, _):
            return red(NAME, f"{host}/healthz answers {status}, and not as the gateway", "let PUBLIC_URL lead to it")
        case NoAnswer(reason):
            return red(NAME, f"{host}/healthz {reason}", "start `retention gateway`, and check that it is reachable")
