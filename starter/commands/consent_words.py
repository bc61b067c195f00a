"""A customer's consent by channel, with the time and place of the statement."""

from datetime import datetime
from typing import Any

from db.customers.records import StoredProfile
from retention_client.consent_sources import CONFIRMED
from starter.commands.output import consent, moment


def consents(profile: StoredProfile) -> str:
    """Both channels in one line."""
    email = _words(profile.consent_email, profile.consent_email_at, profile.consent_email_source)
    sms = _words(profile.consent_sms, profile.consent_sms_at, profile.consent_sms_source)
    return f"e-mail: {email}, SMS: {sms}"


def consent_origins(profile: StoredProfile) -> dict[str, Any]:
    """When and where the newest statement was made, by channel."""
    return {
        "email": {"at": profile.consent_email_at, "source": profile.consent_email_source},
        "sms": {"at": profile.consent_sms_at, "source": profile.consent_sms_source},
    }


def _words(given: bool | None, at: datetime | None, source: str | None) -> str:
    known = [*([moment(at)] if at else []), *([source] if source else [])]
    confirmed = " and confirmed" if given and source in CONFIRMED else ""
    return consent(given) + confirmed + (f" ({', '.join(known)})" if known else "")
