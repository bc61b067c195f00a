"""The account at Amazon SES: whether it may send, and to whom."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from operations.readiness.finding import Finding, amber, green, red
from settings import Settings

TIMEOUT_SECONDS = 2
NOT_ALLOWED = frozenset({"AccessDenied", "AccessDeniedException"})


async def check_ses_account(settings: Settings, name: str) -> Finding:
    """Check the account's sending status."""
    try:
        account = await asyncio.to_thread(_account, settings)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown"))
        if code in NOT_ALLOWED:
            return amber(name, "SES does not let us read the account", "allow ses:GetAccount, or check it by hand")
        return red(name, f"SES rejects us ({code})", "check the AWS keys and the region in EMAIL_URL")
    except NoCredentialsError:
        return red(name, "there are no AWS keys", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or assign a role")
    except (BotoCoreError, OSError, ValueError) as error:
        return red(name, f"SES cannot be reached ({type(error).__name__})", "check EMAIL_URL, and SES_API_URL if set")
    return _status(account, name)


def _account(settings: Settings) -> dict[str, Any]:
    timing = Config(connect_timeout=TIMEOUT_SECONDS, read_timeout=TIMEOUT_SECONDS, retries={"total_max_attempts": 1})
    region = urlsplit(settings.email_url or "").hostname
    client = boto3.Session().client("sesv2", region_name=region, endpoint_url=settings.ses_api_url, config=timing)
    return dict(client.get_account())


def _status(account: dict[str, Any], name: str) -> Finding:
    if not account.get("SendingEnabled"):
        return red(name, "SES has paused this account's sending", "see the AWS console for the reason")
    if not account.get("ProductionAccessEnabled"):
        return amber(name, "the SES account is in its sandbox: only verified addresses get mail", "ask AWS to lift it")
    return green(name, "the SES account may send")
