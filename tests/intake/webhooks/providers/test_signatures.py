"""A delivery needs a signature by a secret or, for SNS, by the key of a certificate of Amazon."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.webhooks.providers.adapter import ProviderAdapter, ProviderDelivery
from intake.webhooks.providers.all import PROVIDERS
from intake.webhooks.providers.resend import RESEND
from intake.webhooks.providers.ses import SES
from intake.webhooks.providers.twilio import TWILIO
from intake.webhooks.shop_adapter import UnreadableDelivery, UnverifiedDelivery
from tests.intake.webhooks.providers.payloads import (
    CERTIFICATE_ADDRESS,
    SNS,
    SUBSCRIBE,
    TOPIC,
    resend,
    ses,
    sns,
    subscription,
    twilio,
)
from tests.intake.webhooks.providers.signing import RESEND_SECRETS, SIGNER, Signer, resend_call, ses_call, twilio_call
from tests.starter.gateway.customer_pages import AUTH_TOKENS, NOW

NOTIFICATION = sns(json.dumps(ses("Send")))
UNSIGNED = {"SigningCertURL", "UnsubscribeURL"}
EVIL = "evil.example"


def refused(provider: ProviderAdapter, call: ProviderDelivery, secrets: tuple[str, ...]) -> str:
    """Why a call is not believed."""

    def believe() -> None:
        provider.certificate(call, secrets)
        provider.verify(call, secrets, NOW)

    with pytest.raises(UnverifiedDelivery) as error:
        believe()
    assert not any(secret in str(error.value) for secret in (*RESEND_SECRETS, *AUTH_TOKENS))
    return str(error.value)


class TestResend:
    @pytest.mark.parametrize("prefix", ["svix", "webhook"])
    @pytest.mark.parametrize("secret", RESEND_SECRETS)
    def test_either_secret_and_either_header_prefix_is_accepted(self, prefix: str, secret: str) -> None:
        RESEND.verify(resend_call(resend("sent"), secret, prefix=prefix), RESEND_SECRETS, NOW)

    def test_a_removed_secret_is_rejected(self) -> None:
        refused(RESEND, resend_call(resend("sent"), RESEND_SECRETS[1]), RESEND_SECRETS[:1])

    @pytest.mark.parametrize("seconds", [-301, 301])
    def test_an_old_signature_is_rejected(self, seconds: int) -> None:
        call = resend_call(resend("sent"), at=NOW + timedelta(seconds=seconds))
        assert refused(RESEND, call, RESEND_SECRETS) == "the signature is more than 300 seconds away from now"

    @pytest.mark.parametrize("changed", [{"svix-id": "msg_2"}, {"svix-timestamp": "1"}, {"svix-signature": "v1,eA=="}])
    def test_a_changed_header(self, changed: dict[str, str]) -> None:
        call = resend_call(resend("sent"))
        refused(RESEND, replace(call, headers={**call.headers, **changed}), RESEND_SECRETS)

    def test_header_prefixes_are_not_mixed(self) -> None:
        """Otherwise an unsigned id would make the same event a new one."""
        call = resend_call(resend("sent"), prefix="webhook")
        refused(RESEND, replace(call, headers={**call.headers, "svix-id": "msg_2"}), RESEND_SECRETS)
        mixed = replace(resend_call(resend("sent")), headers={**resend_call(b"").headers, "webhook-id": "msg_2"})
        assert RESEND.read(replace(mixed, body=json.dumps(resend("sent")).encode()))[0].event_id == "resend:msg_1"

    def test_another_body_is_rejected(self) -> None:
        refused(RESEND, replace(resend_call(resend("sent")), body=b"{}"), RESEND_SECRETS)


class TestTwilio:
    @pytest.mark.parametrize("token", AUTH_TOKENS)
    def test_either_token_is_accepted(self, token: str) -> None:
        TWILIO.verify(twilio_call(twilio("sent"), token), AUTH_TOKENS, NOW)

    def test_another_token(self) -> None:
        refused(TWILIO, twilio_call(twilio("sent"), "another"), AUTH_TOKENS)

    @pytest.mark.parametrize(
        "url", ["https://mail.shop.example/webhooks/twilio-status?message=" + "0" * 64, "https://"]
    )
    def test_another_message_in_the_address(self, url: str) -> None:
        if url == "https://":
            url = twilio_call(twilio("sent")).url.partition("?")[0]
        refused(TWILIO, replace(twilio_call(twilio("sent")), url=url), AUTH_TOKENS)

    def test_another_form(self) -> None:
        call = twilio_call(twilio("sent"))
        refused(TWILIO, replace(call, body=call.body.replace(b"sent", b"failed")), AUTH_TOKENS)

    def test_no_signature(self) -> None:
        refused(TWILIO, replace(twilio_call(twilio("sent")), headers={}), AUTH_TOKENS)


class TestSns:
    @pytest.mark.parametrize("version", ["1", "2"])
    @pytest.mark.parametrize("message", [NOTIFICATION, {**NOTIFICATION, "Subject": "An event"}, subscription()])
    def test_both_versions_and_every_type_are_accepted(self, version: str, message: dict[str, Any]) -> None:
        call = ses_call(message, version)
        assert SES.certificate(call, ("arn:another", TOPIC)) == CERTIFICATE_ADDRESS
        SES.verify(call, ("arn:another", TOPIC), NOW)

    @pytest.mark.parametrize("name", [*sorted(NOTIFICATION.keys() - UNSIGNED), "Subject"])
    def test_a_changed_signed_field_is_rejected(self, name: str) -> None:
        signed = json.loads(ses_call(NOTIFICATION).body)
        changed = json.dumps({**signed, name: f"{signed.get(name, '')}x"}).encode()
        refused(SES, replace(ses_call(NOTIFICATION), body=changed), (TOPIC,))

    def test_another_signature_version_is_rejected(self) -> None:
        signed = json.loads(ses_call(NOTIFICATION, "1").body)
        for version in ("2", "3", ""):
            body = json.dumps({**signed, "SignatureVersion": version}).encode()
            refused(SES, replace(ses_call(NOTIFICATION), body=body), (TOPIC,))

    def test_another_key(self) -> None:
        refused(SES, replace(ses_call(NOTIFICATION, signer=Signer()), certificate=SIGNER.certificate), (TOPIC,))

    @pytest.mark.parametrize("days", [-2, 2])
    def test_an_expired_certificate_is_rejected(self, days: int) -> None:
        refused(SES, ses_call(NOTIFICATION, signer=Signer(NOW + timedelta(days=days))), (TOPIC,))

    @pytest.mark.parametrize(
        "certificate",
        [
            *(b"", b"\xff", b"-----BEGIN CERTIFICATE-----\neA==\n-----END CERTIFICATE-----\n"),
            ec.generate_private_key(ec.SECP256R1())
            .public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        ],
    )
    def test_an_invalid_certificate_is_rejected(self, certificate: bytes) -> None:
        refused(SES, replace(ses_call(NOTIFICATION), certificate=certificate), (TOPIC,))

    @pytest.mark.parametrize("topics", [(), (f"{TOPIC}-other",), ("",), (TOPIC[:-1],)])
    def test_an_unknown_topic_is_rejected(self, topics: tuple[str, ...]) -> None:
        assert refused(SES, ses_call(NOTIFICATION), topics) == "the topic is not in SES_TOPICS"

    @pytest.mark.parametrize("signature", ["", "=", "é", "A" * 344, base64.b64encode(b"0" * 256).decode()])
    def test_a_malformed_signature_is_rejected(self, signature: str) -> None:
        body = json.dumps({**json.loads(ses_call(NOTIFICATION).body), "Signature": signature}).encode()
        refused(SES, replace(ses_call(NOTIFICATION), body=body), (TOPIC,))

    @pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"Type": "Notification"}', b"MessageSid=1"])
    def test_a_body_that_is_not_a_message_of_sns_is_rejected(self, body: bytes) -> None:
        assert refused(SES, ProviderDelivery(body), (TOPIC,)) == "the body is not a message of SNS"


PATH = CERTIFICATE_ADDRESS.removeprefix(SNS)


class TestWhereTheCertificateLies:
    @pytest.mark.parametrize(
        "address",
        [
            f"https://{EVIL}{PATH}",
            f"http://sns.eu-west-1.amazonaws.com{PATH}",
            f"https://sns.eu-west-1.amazonaws.com.{EVIL}{PATH}",
            f"https://evil.sns.eu-west-1.amazonaws.com{PATH}",
            f"https://evil.sns.amazonaws.com.{EVIL}{PATH}",
            f"https://sns.us-east-1.amazonaws.com{PATH}",
            f"https://sns.eu-west-1.amazonaws.com@{EVIL}{PATH}",
            f"https://sns.eu-west-1.amazonaws.com:443@{EVIL}{PATH}",
            f"https://{EVIL}\\@sns.eu-west-1.amazonaws.com{PATH}",
            f"https://{EVIL}#@sns.eu-west-1.amazonaws.com{PATH}",
            f"https://{EVIL}?@sns.eu-west-1.amazonaws.com{PATH}",
            f"https://sns.eu-west-1.amazonaws.com:8443{PATH}",
            f"https://sns.eu-west-1.amazonaws.com.cn{PATH}",
            f"HTTPS://sns.eu-west-1.amazonaws.com{PATH}",
            f"//sns.eu-west-1.amazonaws.com{PATH}",
            f"{SNS}/?Action=GetTopicAttributes&x=.pem",
            f"{SNS}/evil/SimpleNotificationService-1.pem",
            f"{SNS}/SimpleNotificationService-../evil.pem",
            f"{SNS}/SimpleNotificationService-1.pem?x=1",
            f"{SNS}/SimpleNotificationService-1.pem#x",
            f"{SNS}/SimpleNotificationService-1.pem\n",
            f"{SNS}/SimpleNotificationService-1.pem/../../x",
            f"{SNS}/SimpleNotificationService-.pem",
            f"{SNS}{PATH}x",
            "file:///etc/passwd.pem",
            "",
        ],
    )
    def test_a_certificate_url_elsewhere_is_rejected(self, address: str) -> None:
        call = ses_call({**NOTIFICATION, "SigningCertURL": address})
        with pytest.raises(UnverifiedDelivery):
            SES.certificate(call, (TOPIC,))

    @pytest.mark.parametrize(
        ("arn", "host"),
        [
            ("arn:aws:sns:us-east-1:123456789012:a", "sns.us-east-1.amazonaws.com"),
            ("arn:aws-us-gov:sns:us-gov-west-1:123456789012:a", "sns.us-gov-west-1.amazonaws.com"),
            ("arn:aws-cn:sns:cn-north-1:123456789012:a", "sns.cn-north-1.amazonaws.com.cn"),
        ],
    )
    def test_every_partition_has_its_host(self, arn: str, host: str) -> None:
        call = ses_call({**NOTIFICATION, "TopicArn": arn, "SigningCertURL": f"https://{host}{PATH}"})
        assert SES.certificate(call, (arn,)) == f"https://{host}{PATH}"

    @pytest.mark.parametrize("arn", [f"arn:aws:sns:{EVIL}/:123456789012:a", "arn:aws:sqs:eu-west-1:1:a", "x", ""])
    def test_an_invalid_topic_in_the_settings_is_rejected(self, arn: str) -> None:
        call = ses_call({**NOTIFICATION, "TopicArn": arn, "SigningCertURL": f"https://sns.{EVIL}{PATH}"})
        with pytest.raises(UnverifiedDelivery):
            SES.certificate(call, (arn,))


class TestSubscription:
    def test_a_subscription_is_confirmed_at_sns(self) -> None:
        assert SES.confirmation(ses_call(subscription())) == SUBSCRIBE

    @pytest.mark.parametrize("message", [NOTIFICATION, subscription(Type="UnsubscribeConfirmation")])
    def test_other_messages_are_not_confirmed(self, message: dict[str, Any]) -> None:
        assert SES.confirmation(ses_call(message)) is None

    @pytest.mark.parametrize(
        "address",
        [
            "",
            SUBSCRIBE.replace("https", "http"),
            SUBSCRIBE.replace("amazonaws.com", f"amazonaws.com.{EVIL}"),
            SUBSCRIBE.replace("amazonaws.com", f"amazonaws.com@{EVIL}"),
            SUBSCRIBE.replace("ConfirmSubscription", "DeleteTopic"),
            SUBSCRIBE.replace(TOPIC, f"{TOPIC}-other"),
            SUBSCRIBE.replace("/?", "/evil?"),
        ],
    )
    def test_a_url_that_does_anything_else_is_unreadable(self, address: str) -> None:
        with pytest.raises(UnreadableDelivery):
            SES.confirmation(ses_call(subscription(SubscribeURL=address)))


names = st.sampled_from([*NOTIFICATION, "Signature", "SignatureVersion"])
messages = st.dictionaries(names, st.text()).map(lambda message: json.dumps(message).encode())
headers = st.dictionaries(
    st.sampled_from(["svix-id", "svix-timestamp", "svix-signature", "x-twilio-signature"]), st.text()
)


@settings(deadline=None)
@given(st.sampled_from(PROVIDERS), st.binary(max_size=80) | messages, headers)
def test_arbitrary_input_is_rejected(provider: ProviderAdapter, body: bytes, headers: dict[str, str]) -> None:
    call = ProviderDelivery(body, headers, NOW, url=twilio_call({}).url, certificate=SIGNER.certificate)
    refused(provider, call, (*RESEND_SECRETS, TOPIC))
