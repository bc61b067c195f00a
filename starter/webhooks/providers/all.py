"""The providers that may tell us something, in the order of the documentation."""

from starter.webhooks.providers.provider import Provider
from starter.webhooks.providers.resend import RESEND
from starter.webhooks.providers.ses import SES
from starter.webhooks.providers.twilio import TWILIO

PROVIDERS: tuple[Provider, ...] = (RESEND, SES, TWILIO)
