"""Messages of Amazon SNS: signed by a certificate that lies with Amazon, of topics that the shop has named.

Their time is not checked: SNS repeats a message under the time of its first attempt, for days where a topic's policy
says so. What was told once is known by its id.
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
from intake.webhooks.providers.provider import Call, ProviderId
from intake.webhooks.shop import UnreadableDelivery, UnverifiedDelivery
from retention_client.fields import Moment

NOTIFICATION = "Notification"
SUBSCRIPTION = "SubscriptionConfirmation"
UNSUBSCRIPTION = "UnsubscribeConfirmation"

_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    UNSUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
"""What is signed, by the kind of message, in this order."""

_HASHES = {"1": SHA1, "2": SHA256}
_ARN = re.compile(r"arn:(aws[a-z-]*):sns:([a-z0-9-]{1,40}):[0-9]{12}:[A-Za-z0-9_.-]{1,256}")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")


class Envelope(Document):
    """A message of SNS, whatever it carries."""

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
        """When SNS got the message; None where its time is none."""
        return read_as(_Published, {"at": self.Timestamp}).at


class _Published(Document):
    at: Maybe[Moment] = None


def envelope_of(call: Call) -> Envelope:
    """A call as a message of SNS. Raises `UnreadableDelivery`."""
    return read_as(Envelope, read_json(call.body))


def certificate_address(call: Call, topics: Sequence[str]) -> str:
    """Where the certificate lies: with SNS in the region of a topic that is ours, and nowhere else.

    Its whole address is checked, since other paths at that host answer with what anybody has put there. Raises
    `UnverifiedDelivery`.
    """
    envelope = _unproven(call)
    host = _host(envelope.TopicArn, topics)
    address = envelope.SigningCertURL
    if not address.startswith(f"https://{host}/") or not _CERTIFICATE.fullmatch(
        address.removeprefix(f"https://{host}")
    ):
        raise UnverifiedDelivery("the certificate is not where SNS has its own")
    return address


def verify(call: Call, topics: Sequence[str], now: datetime) -> None:
    """`call.certificate` signed the message, which is of one of the topics. Raises `UnverifiedDelivery`."""
    envelope = _unproven(call)
    _host(envelope.TopicArn, topics)
    algorithm = _HASHES.get(envelope.SignatureVersion)
    if algorithm is None or envelope.Type not in _SIGNED:
        raise UnverifiedDelivery("the message is signed in no way that is known")
    try:
        certificate = x509.load_pem_x509_certificate(call.certificate)
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise UnverifiedDelivery("the certificate is of another kind")
        key.verify(base64.b64decode(envelope.Signature, validate=True), _text(envelope), PKCS1v15(), algorithm())
    except (ValueError, binascii.Error, InvalidSignature, UnsupportedAlgorithm):
        raise UnverifiedDelivery("the signature was not made with the certificate") from None
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise UnverifiedDelivery("the certificate is not valid now")


def confirmation(call: Call) -> str | None:
    """The address whose visit confirms a subscription; None where a verified call asks for none.

    Raises `UnreadableDelivery` for one that would do anything else.
    """
    envelope = envelope_of(call)
    if envelope.Type != SUBSCRIPTION:
        return None
    host = _host(envelope.TopicArn, [envelope.TopicArn])
    address = envelope.SubscribeURL or ""
    start = f"https://{host}/?"
    asked = dict(parse_qsl(address.removeprefix(start))) if address.startswith(start) else {}
    if (asked.get("Action"), asked.get("TopicArn")) != ("ConfirmSubscription", envelope.TopicArn):
        raise UnreadableDelivery("SubscribeURL: confirms no subscription")
    return address


def _unproven(call: Call) -> Envelope:
    try:
        return envelope_of(call)
    except UnreadableDelivery:
        raise UnverifiedDelivery("it is no message of SNS") from None


def _host(topic: str, topics: Sequence[str]) -> str:
    """Where SNS serves a topic that is one of ours. Raises `UnverifiedDelivery`."""
    found = _ARN.fullmatch(topic)
    if found is None or topic not in topics:
        raise UnverifiedDelivery("the topic is none of SES_TOPICS")
    partition, region = found.groups()
    return f"sns.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}"


def _text(envelope: Envelope) -> bytes:
    values = {name: getattr(envelope, name) for name in _SIGNED[envelope.Type]}
    return "".join(f"{name}\n{value}\n" for name, value in values.items() if value is not None).encode()
