"""The account at Amazon SES: may it send, and to whom?"""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from operations.readiness.finding import Finding, amber, green, red
from settings import Settings

PATIENCE_SECONDS = 2
NOT_ALLOWED = frozenset({"AccessDenied", "AccessDeniedException"})


async def look_at_ses(settings: Settings, name: str) -> Finding:
    """By what the account says of itself."""
    try:
        account = await asyncio.to_thread(_account, settings)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown"))
        if code in NOT_ALLOWED:
            return amber(name, "SES does not let us see the account", "allow ses:GetAccount, or look at it by hand")
        return red(name, f"SES refuses us ({code})", "check the AWS keys and the region in EMAIL_URL")
    except NoCredentialsError:
        return red(name, "there are no AWS keys", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give a role")
    except (BotoCoreError, OSError, ValueError) as error:
        return red(name, f"SES cannot be reached ({type(error).__name__})", "check EMAIL_URL, and SES_API_URL if set")
    return _standing(account, name)


def _account(settings: Settings) -> dict[str, Any]:
    timing = Config(connect_timeout=PATIENCE_SECONDS, read_timeout=PATIENCE_SECONDS, retries={"total_max_attempts": 1})
    region = urlsplit(settings.email_url or "").hostname
    client = boto3.Session().client("sesv2", region_name=region, endpoint_url=settings.ses_api_url, config=timing)
    return dict(client.get_account())


def _standing(account: dict[str, Any], name: str) -> Finding:
    if not account.get("SendingEnabled"):
        return red(name, "SES has stopped this account's sending", "AWS's console says why")
    if not account.get("ProductionAccessEnabled"):
        return amber(name, "the SES account is in its sandbox: only verified addresses get mail", "ask AWS to lift it")
    return green(name, "SES lets us send")
