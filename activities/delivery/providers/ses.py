"""E-mail by Amazon SES (API v2), as raw bytes. SES does not support idempotency keys."""

import asyncio
import logging
import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypedDict

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    LoginError,
    MetadataRetrievalError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from activities.delivery.email_port import OutgoingEmail
from activities.delivery.submission_result import OutcomeUnknown, SendRejected, SubmissionResult, TemporaryFailure

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client

PROVIDER = "ses"
MAX_CONNECTIONS = 10
SLOT_SHARE, CONNECT_SHARE, READ_SHARE = 0.2, 0.2, 0.6
"""Shares of the time-out for a free slot, the connection, and the response."""

NOT_CONNECTED = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
NO_CREDENTIALS = (
    CredentialRetrievalError,
    LoginError,
    MetadataRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
PERMANENT_ERRORS = frozenset({"BadRequestException", "MessageRejected"})
UNVERIFIED = "not verified"
"""Part of a rejection's message if the sender is not verified, or the account still in the sandbox."""

REQUEST_TIMEOUT = 408

# At level DEBUG botocore logs whole requests, with addresses and contents.
logging.getLogger("botocore").setLevel(logging.INFO)


class _Configuration(TypedDict, total=False):
    ConfigurationSetName: str


class SesEmail:
    """Sends in `region`, with the credentials that boto3 finds.

    `configuration_set` makes SES publish delivery events. `url` is for a server other than Amazon's. `timeout` is for
    the whole request. At most `max_connections` messages are sent concurrently.
    """

    key_window: timedelta | None = None

    def __init__(
        self,
        region: str,
        timeout: timedelta,
        *,
        configuration_set: str | None = None,
        url: str | None = None,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        seconds = timeout.total_seconds()
        self._client: SESV2Client = boto3.Session().client(
            "sesv2",
            region_name=region,
            endpoint_url=url,
            config=Config(
                connect_timeout=seconds * CONNECT_SHARE,
                read_timeout=seconds * READ_SHARE,
                max_pool_connections=max_connections,
                # A retry by boto3 could send a second e-mail.
                retries={"total_max_attempts": 1},
            ),
        )
        self._configuration: _Configuration = {"ConfigurationSetName": configuration_set} if configuration_set else {}
        self._slot_timeout = seconds * SLOT_SHARE
        self._slots = asyncio.Semaphore(max_connections)
        self._threads = ThreadPoolExecutor(max_connections, thread_name_prefix="ses")

    async def send(self, message: OutgoingEmail) -> SubmissionResult:
        """Send one message, its bytes unchanged; SES adds headers."""
        try:
            async with asyncio.timeout(self._slot_timeout):
                await self._slots.acquire()
        except TimeoutError:
            raise TemporaryFailure("too many messages are being sent to SES") from None
        sending = asyncio.get_running_loop().run_in_executor(self._threads, self._send, message)
        # A slot is released when its thread ends: a thread cannot be cancelled.
        sending.add_done_callback(lambda _: self._slots.release())
        return SubmissionResult(PROVIDER, await asyncio.shield(sending))

    async def close(self) -> None:
        """Close the connections to the API."""
        self._threads.shutdown(wait=False)
        self._client.close()

    def _send(self, message: OutgoingEmail) -> str:
        try:
            response = self._client.send_email(
                FromEmailAddress=message.sender,
                Destination={"ToAddresses": [message.recipient]},
                Content={"Raw": {"Data": message.content}},
                # SES repeats the tag in its events.
                EmailTags=[{"Name": "message_key", "Value": message.message_key}],
                **self._configuration,
            )
        except ClientError as error:
            raise _error(error) from None
        except ParamValidationError:
            raise SendRejected("the message cannot be encoded for SES") from None
        except NO_CREDENTIALS as error:
            raise TemporaryFailure(f"no credentials for SES ({type(error).__name__})") from None
        except NOT_CONNECTED as error:
            raise TemporaryFailure(f"SES cannot be reached ({type(error).__name__})") from None
        except (BotoCoreError, ResponseParserError) as error:
            if isinstance(error, SSLError) and _is_untrusted(error):
                raise TemporaryFailure("the certificate of SES is not trusted") from None
            raise OutcomeUnknown(f"no response from SES ({type(error).__name__})") from None
        identifier = response.get("MessageId")
        if not identifier:
            raise OutcomeUnknown("unexpected response from SES")
        return identifier


def _error(error: ClientError) -> Exception:
    """The meaning of an error, by its code. Its message may quote an address and is left out."""
    response: dict[str, Any] = dict(error.response)
    code, text = str(response["Error"].get("Code")), str(response["Error"].get("Message"))
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    if status >= 500 or status == REQUEST_TIMEOUT:
        return OutcomeUnknown(f"SES failed ({status})")
    if code in PERMANENT_ERRORS and UNVERIFIED not in text:
        return SendRejected(f"SES refused the message ({code})")
    return TemporaryFailure(f"SES refused for now ({code})")


def _is_untrusted(error: SSLError) -> bool:
    """Whether the connection failed because of the server's certificate, before the request was sent."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None
