"""The account at Resend: whether the key is valid, and the sender's domain verified."""

from operations.readiness.finding import Finding, amber, green, red
from operations.readiness.shop import sender_domain
from operations.readiness.web import NoAnswer, ask, items
from settings import Settings

SENDING_ONLY = "restricted_api_key"


async def check_resend_account(settings: Settings, name: str) -> Finding:
    """Check the key and the domain against the account's list of domains."""
    if settings.resend_api_key is None:
        return red(name, "RESEND_API_KEY is not set", "set it; Resend shows it once, when it is created")
    answer = await ask(f"{settings.resend_api_url}/domains", token=settings.resend_api_key.get_secret_value())
    if isinstance(answer, NoAnswer):
        return red(name, f"Resend {answer.reason}", "check RESEND_API_URL, and whether this machine can reach it")
    if isinstance(answer.body, dict) and answer.body.get("name") == SENDING_ONLY:
        return amber(
            name, "the Resend key may only send: the domain cannot be checked", "check at Resend that it is verified"
        )
    domains = items(answer, "data")
    if answer.status in (400, 401, 403):
        return red(name, f"Resend rejects the key ({answer.status})", "check RESEND_API_KEY")
    if answer.status != 200 or domains is None:
        return red(name, f"the answer is not Resend's ({answer.status})", "check RESEND_API_URL")
    return _verified(sender_domain(settings), domains, name)


def _verified(domain: str, domains: list[dict[str, object]], name: str) -> Finding:
    status = next((known.get("status") for known in domains if known.get("name") == domain), "missing")
    if status == "verified":
        return green(name, f"Resend knows the key and has verified {domain}")
    return red(name, f"Resend has not verified {domain}", "add it at Resend, with the DNS records that it shows")
