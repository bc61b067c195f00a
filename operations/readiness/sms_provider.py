"""Whether Twilio accepts our credentials."""

from urllib.parse import urlsplit

from operations.readiness.finding import Finding, amber, green, red
from operations.readiness.local_mail import mail_is_local
from operations.readiness.web import NoAnswer, WebAnswer, ask
from settings import Settings, split_secrets

NAME = "text messages"


async def check_sms_provider(settings: Settings) -> Finding:
    """Check the account's status. Without an account, text messages are written to files."""
    if settings.sms_url is None:
        if mail_is_local(settings):
            return green(NAME, "are written to files on this machine")
        return amber(NAME, "are written to files and not sent", "set SMS_URL, unless the shop sends none")
    tokens = split_secrets(settings.twilio_auth_tokens)
    if not tokens or not settings.sms_from:
        return red(NAME, "TWILIO_AUTH_TOKENS or SMS_FROM is not set", "set both")
    account = _account_of(settings.sms_url)
    answer = await ask(f"{settings.twilio_api_url}/2010-04-01/Accounts/{account}.json", login=(account, tokens[0]))
    if isinstance(answer, NoAnswer):
        return red(NAME, f"Twilio {answer.reason}", "check TWILIO_API_URL, and whether this machine can reach it")
    return _judged(answer)


def _judged(answer: WebAnswer) -> Finding:
    status = answer.body.get("status") if isinstance(answer.body, dict) else None
    if answer.status in (401, 403, 404):
        return red(NAME, f"Twilio rejects account or token ({answer.status})", "check SMS_URL and TWILIO_AUTH_TOKENS")
    if answer.status != 200 or status is None:
        return red(NAME, f"the answer is not Twilio's ({answer.status})", "check TWILIO_API_URL")
    if status != "active":
        return red(NAME, "the Twilio account is not active", "see Twilio's console for the reason")
    return green(NAME, "Twilio accepts the account")


def _account_of(url: str) -> str:
    """The account with its capital letters, which `hostname` would lower."""
    return urlsplit(url).netloc
