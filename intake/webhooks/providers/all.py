"""All providers, in the order of the documentation."""

from intake.webhooks.providers.adapter import ProviderAdapter
from intake.webhooks.providers.resend import RESEND
from intake.webhooks.providers.ses import SES
from intake.webhooks.providers.twilio import TWILIO

PROVIDERS: tuple[ProviderAdapter, ...] = (RESEND, SES, TWILIO)
