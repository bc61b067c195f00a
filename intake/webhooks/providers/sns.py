"""Messages of Amazon SNS, signed with a certificate of Amazon, from the topics in SES_TOPICS.

Their time is not checked: SNS retries with the time of the first attempt, for days if the topic's policy says so. A
duplicate has the same id.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from intake.webhooks.documents import Document, Maybe, read_as, read_json
from intake.webhooks.providers.adapter import ProviderDelivery, ProviderId
from intake.webhooks.shop_adapter import UnreadableDelivery, UnverifiedDelivery
from retention_client.fields import Moment

NOTIFICATION = "Notification"
SUBSCRIPTION = "SubscriptionConfirmation"
UNSUBSCRIPTION = "UnsubscribeConfirmation"

_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    UNSUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
"""The signed fields of each type of message, in this order."""

_HASHES = {"1": SHA1, "2": SHA256}
_ARN = re.compile(r"arn:(aws[a-z-]*):sns:([a-z0-9-]{1,40}):[0-9]{12}:[A-Za-z0-9_.-]{1,256}")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")


class SnsMessage(Document):
    """A message of SNS, with any content."""

    Type: str
    MessageId: ProviderId
    TopicArn: str
    Message: str
    Timestamp: str
    SignatureVersion: str
    Signature: str
    SigningCertURL: str
    Subject: str | None = None
    SubscribeURL: str | None = None
    Token: str | None = None

    @property
    def published_at(self) -> datetime | None:
        """When SNS received the message; None if that is not a valid time."""
        return read_as(_PublishedAt, {"at": self.Timestamp}).at


class _PublishedAt(Document):
    at: Maybe[Moment] = None


def read_message(delivery: ProviderDelivery) -> SnsMessage:
    """The message in a delivery. Raises `UnreadableDelivery`."""
    return read_as(SnsMessage, read_json(delivery.body))


def certificate_url(delivery: ProviderDelivery, topics: Sequence[str]) -> str:
    """The URL of the certificate, which must be on the SNS host in the region of one of our topics.

    The whole URL is checked, because other paths on that host may serve content of strangers. Raises
    `UnverifiedDelivery`.
    """
    message = _unverified_message(delivery)
    host = _host(message.TopicArn, topics)
    url = message.SigningCertURL
    if not url.startswith(f"https://{host}/") or not _CERTIFICATE.fullmatch(url.removeprefix(f"https://{host}")):
        raise UnverifiedDelivery("the certificate is not at a URL of SNS")
    return url


def verify(delivery: ProviderDelivery, topics: Sequence[str], now: datetime) -> None:
    """Check the signature by `delivery.certificate`, and that the message is from one of the topics."""
    message = _unverified_message(delivery)
    _host(message.TopicArn, topics)
    algorithm = _HASHES.get(message.SignatureVersion)
    if algorithm is None or message.Type not in _SIGNED:
        raise UnverifiedDelivery("the message has an unknown signature version or type")
    try:
        certificate = x509.load_pem_x509_certificate(delivery.certificate)
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise UnverifiedDelivery("the certificate has no RSA key")
        key.verify(base64.b64decode(message.Signature, validate=True), _signed_text(message), PKCS1v15(), algorithm())
    except (ValueError, binascii.Error, InvalidSignature, UnsupportedAlgorithm):
        raise UnverifiedDelivery("the signature does not match the certificate") from None
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise UnverifiedDelivery("the certificate is not valid now")


def confirmation(delivery: ProviderDelivery) -> str | None:
    """The URL that confirms a subscription; None for other types of messages.

    Raises `UnreadableDelivery` for a URL that would do anything else.
    """
    message = read_message(delivery)
    if message.Type != SUBSCRIPTION:
        return None
    host = _host(message.TopicArn, [message.TopicArn])
    url = message.SubscribeURL or ""
    start = f"https://{host}/?"
    query = dict(parse_qsl(url.removeprefix(start))) if url.startswith(start) else {}
    if (query.get("Action"), query.get("TopicArn")) != ("ConfirmSubscription", message.TopicArn):
        raise UnreadableDelivery("SubscribeURL: does not confirm a subscription")
    return url


def _unverified_message(delivery: ProviderDelivery) -> SnsMessage:
    try:
        return read_message(delivery)
    except UnreadableDelivery:
        raise UnverifiedDelivery("the body is not a message of SNS") from None


def _host(topic: str, topics: Sequence[str]) -> str:
    """The SNS host of one of our topics. Raises `UnverifiedDelivery`."""
    found = _ARN.fullmatch(topic)
    if found is None or topic not in topics:
        raise UnverifiedDelivery("the topic is not in SES_TOPICS")
    partition, region = found.groups()
    return f"sns.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}"


def _signed_text(message: SnsMessage) -> bytes:
    values = {name: getattr(message, name) for name in _SIGNED[message.Type]}
    return "".join(f"{name}\n{value}\n" for name, value in values.items() if value is not None).encode()
