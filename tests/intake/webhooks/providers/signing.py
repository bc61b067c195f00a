"""Calls signed as providers sign them, and the certificate that SNS signs with."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from intake.webhooks.providers.adapter import ProviderDelivery
from tests.starter.gateway.customer_pages import AUTH_TOKENS, KEY, NOW

RESEND_SECRETS = ("whsec_aHVzaC1odXNoLWh1c2g=", "whsec_YmVmb3JlLWJlZm9yZQ==")
TWILIO_URL = "https://mail.shop.example/webhooks/twilio-status"
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
HASHES: dict[str, Any] = {"1": SHA1, "2": SHA256}


class Signer:
    """A key and its certificate, valid for a day either side of now."""

    def __init__(self, now: datetime = NOW) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        built = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(self._key, SHA256())
        )
        self.certificate = built.public_bytes(Encoding.PEM)

    def sign(self, message: Mapping[str, Any], version: str = "2") -> bytes:
        """A message of SNS as it is sent."""
        names = SIGNED.get(message["Type"], ())
        text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message).encode()
        signature = base64.b64encode(self._key.sign(text, PKCS1v15(), HASHES[version]()))
        return json.dumps({**message, "SignatureVersion": version, "Signature": signature.decode()}).encode()


SIGNER = Signer()


def resend_call(
    body: Any, secret: str = RESEND_SECRETS[0], at: datetime = NOW, *, prefix: str = "svix", id_: str = "msg_1"
) -> ProviderDelivery:
    """A call of Resend's."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    seconds = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{id_}.{seconds}.".encode() + content, hashlib.sha256).digest()
    headers = {"id": id_, "timestamp": seconds, "signature": f"v1,{base64.b64encode(digest).decode()}"}
    return ProviderDelivery(content, {f"{prefix}-{name}": value for name, value in headers.items()}, NOW)


def ses_call(message: Mapping[str, Any], version: str = "2", signer: Signer = SIGNER) -> ProviderDelivery:
    """A call of SNS, with the certificate that signed it."""
    return ProviderDelivery(signer.sign(message, version), {}, NOW, certificate=signer.certificate)


def twilio_call(
    form: Mapping[str, str], token: str = AUTH_TOKENS[0], *, query: str = f"?message={KEY}", url: str = TWILIO_URL
) -> ProviderDelivery:
    """A call of Twilio's."""
    signed = url + query + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    return ProviderDelivery(urlencode(form).encode(), {"x-twilio-signature": signature}, NOW, url=url + query)
