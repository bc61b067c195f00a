"""What providers send, in the shape that they document, with no more in it than tests need."""

from copy import deepcopy
from typing import Any

from tests.starter.gateway.customer_pages import KEY

Body = dict[str, Any]

ADDRESS = "ada.secret@example.com"
RESEND_ID = "56761188-7520-42d8-8898-ff6fc54ce618"
SES_ID = "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000"
TWILIO_ID = "SM00000000000000000000000000000001"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:ses-events"
SNS = "https://sns.eu-west-1.amazonaws.com"
CERTIFICATE_ADDRESS = f"{SNS}/SimpleNotificationService-60eadc530605d63b8e62a523676ef735.pem"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1"
MOMENT = "2026-11-22T11:40:12.126Z"


def resend(kind: str, /, tags: Any = None, **parts: Any) -> Body:
    """An event of Resend's."""
    data = {
        "created_at": "2026-11-22T11:40:11.894719+00:00",
        "email_id": RESEND_ID,
        "from": "Cast & Iron <hello@shop.example>",
        "to": [ADDRESS],
        "subject": "Your skillet",
        "tags": [{"name": "message_key", "value": KEY}] if tags is None else tags,
        **parts,
    }
    return {"type": f"email.{kind}", "created_at": MOMENT, "data": data}


def visit(**also: str) -> Body:
    """What is said of an open or a click."""
    return {"ipAddress": "122.115.53.11", "timestamp": "2026-11-22T11:40:13.000Z", "userAgent": SAFARI, **also}


def bounce(type_: str = "Permanent") -> Body:
    """What Resend says of a bounce."""
    return {
        "type": type_,
        "subType": "General",
        "message": f"The recipient's address {ADDRESS} is not known.",
        "diagnosticCode": [f"smtp; 550 5.1.1 <{ADDRESS}> user unknown"],
    }


def ses(kind: str, /, name: str = "eventType", tags: Any = None, **parts: Any) -> Body:
    """An event of SES, before SNS wraps it."""
    mail = {
        "timestamp": "2026-11-22T11:40:11.000Z",
        "source": "hello@shop.example",
        "sendingAccountId": "123456789012",
        "messageId": SES_ID,
        "destination": [ADDRESS],
        "tags": {"ses:configuration-set": ["events"], "message_key": [KEY]} if tags is None else tags,
    }
    return {name: kind, "mail": mail, **deepcopy(parts)}


def ses_bounce(type_: str = "Permanent", sub_type: str = "General") -> Body:
    """What SES says of a bounce."""
    recipient = {"emailAddress": ADDRESS, "status": "5.1.1", "diagnosticCode": f"smtp; 550 5.1.1 {ADDRESS} unknown"}
    return {
        "bounceType": type_,
        "bounceSubType": sub_type,
        "bouncedRecipients": [recipient],
        "timestamp": MOMENT,
        "feedbackId": "01000157c44f053b",
    }


def sns(message: str, **also: Any) -> Body:
    """A message of SNS, not signed yet."""
    return {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": message,
        "Timestamp": "2026-11-22T11:40:14.000Z",
        "SigningCertURL": CERTIFICATE_ADDRESS,
        "UnsubscribeURL": f"{SNS}/?Action=Unsubscribe&SubscriptionArn={TOPIC}:1",
        **also,
    }


def subscription(**also: Any) -> Body:
    """A message of SNS that asks whether a subscription is meant."""
    asked = {"Type": "SubscriptionConfirmation", "Token": "2336412f37", "SubscribeURL": SUBSCRIBE}
    return sns("You have chosen to subscribe to the topic.", **{**asked, **also})


SUBSCRIBE = f"{SNS}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37"


def twilio(status: str, /, **also: str) -> dict[str, str]:
    """A form of Twilio's."""
    return {
        "AccountSid": "AC00000000000000000000000000000001",
        "From": "+447400000000",
        "MessageSid": TWILIO_ID,
        "MessageStatus": status,
        "SmsSid": TWILIO_ID,
        "SmsStatus": status,
        "To": "+447400123456",
        **also,
    }
