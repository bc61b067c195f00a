"""E-mail by Amazon SES (API v2), as the bytes that were kept. It knows no idempotency keys."""

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

from activities.delivery.answers import Accepted, OutcomeUnknown, Rejected, TryLater
from activities.delivery.email_port import OutgoingEmail

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client

PROVIDER = "ses"
MOST_CONNECTIONS = 10
PLACE_SHARE, CONNECT_SHARE, READ_SHARE = 0.2, 0.2, 0.6
"""How much of the time-out may pass until there is a place, a connection, and an answer."""

NOT_EVEN_ASKED = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
NO_CREDENTIALS = (
    CredentialRetrievalError,
    LoginError,
    MetadataRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
FAULTS_OF_THE_MESSAGE = frozenset({"BadRequestException", "MessageRejected"})
UNVERIFIED = "not verified"
"""What SES writes into a rejection that is about the sender's set-up, or an account that is still in the sandbox."""

REQUEST_TIMEOUT = 408

# For debugging it writes down whole requests, addresses and contents included.
logging.getLogger("botocore").setLevel(logging.INFO)


class _Configuration(TypedDict, total=False):
    ConfigurationSetName: str


class SesEmail:
    """Sends in `region`, with the credentials that boto3 finds by itself.

    `configuration_set` has SES publish what becomes of messages. `url` is for a server that is not Amazon's. `timeout`
    is for the whole request.
    """

    key_window: timedelta | None = None

    def __init__(
        self, region: str, timeout: timedelta, *, configuration_set: str | None = None, url: str | None = None
    ) -> None:
        seconds = timeout.total_seconds()
        self._client: SESV2Client = boto3.Session().client(
            "sesv2",
            region_name=region,
            endpoint_url=url,
            config=Config(
                connect_timeout=seconds * CONNECT_SHARE,
                read_timeout=seconds * READ_SHARE,
                max_pool_connections=MOST_CONNECTIONS,
                # A repetition of its own would be a second e-mail.
                retries={"total_max_attempts": 1},
            ),
        )
        self._configuration: _Configuration = {"ConfigurationSetName": configuration_set} if configuration_set else {}
        self._patience = seconds * PLACE_SHARE
        self._places = asyncio.Semaphore(MOST_CONNECTIONS)
        self._threads = ThreadPoolExecutor(MOST_CONNECTIONS, thread_name_prefix="ses")

    async def send(self, message: OutgoingEmail) -> Accepted:
        """Hand over one message; its bytes go out as they are, but for what SES adds."""
        try:
            async with asyncio.timeout(self._patience):
                await self._places.acquire()
        except TimeoutError:
            raise TryLater("too many messages are under way to SES") from None
        sending = asyncio.get_running_loop().run_in_executor(self._threads, self._send, message)
        # A place is free when its thread is, which nobody can interrupt.
        sending.add_done_callback(lambda _: self._places.release())
        return Accepted(PROVIDER, await asyncio.shield(sending))

    async def close(self) -> None:
        """Close the connections to the API."""
        self._threads.shutdown(wait=False)
        self._client.close()

    def _send(self, message: OutgoingEmail) -> str:
        try:
            answer = self._client.send_email(
                FromEmailAddress=message.sender,
                Destination={"ToAddresses": [message.recipient]},
                Content={"Raw": {"Data": message.content}},
                # By this tag events find their message.
                EmailTags=[{"Name": "message_key", "Value": message.message_key}],
                **self._configuration,
            )
        except ClientError as error:
            raise _refusal(error) from None
        except ParamValidationError:
            raise Rejected("the message cannot be written for SES") from None
        except NO_CREDENTIALS as error:
            raise TryLater(f"no credentials for SES ({type(error).__name__})") from None
        except NOT_EVEN_ASKED as error:
            raise TryLater(f"SES cannot be reached ({type(error).__name__})") from None
        except (BotoCoreError, ResponseParserError) as error:
            if isinstance(error, SSLError) and _is_distrust(error):
                raise TryLater("the certificate of SES is not trusted") from None
            raise OutcomeUnknown(f"no answer from SES ({type(error).__name__})") from None
        identifier = answer.get("MessageId")
        if not identifier:
            raise OutcomeUnknown("an answer that is not that of SES")
        return identifier


def _refusal(error: ClientError) -> Exception:
    """What an error means, by its code. The words beside it may repeat an address and are not told."""
    answer: dict[str, Any] = dict(error.response)
    code, words = str(answer["Error"].get("Code")), str(answer["Error"].get("Message"))
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    if status >= 500 or status == REQUEST_TIMEOUT:
        return OutcomeUnknown(f"SES failed ({status})")
    if code in FAULTS_OF_THE_MESSAGE and UNVERIFIED not in words:
        return Rejected(f"SES refused the message ({code})")
    return TryLater(f"SES refused for now ({code})")


def _is_distrust(error: SSLError) -> bool:
    """Whether a connection failed over the server's certificate, before anything was said."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None
