"""The providers that may tell us something, in the order of the documentation."""

from intake.webhooks.providers.provider import Provider
from intake.webhooks.providers.resend import RESEND
from intake.webhooks.providers.ses import SES
from intake.webhooks.providers.twilio import TWILIO

PROVIDERS: tuple[Provider, ...] = (RESEND, SES, TWILIO)
