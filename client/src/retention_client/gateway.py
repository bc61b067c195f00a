"""GatewayClient: sends events to the engine's HTTP gateway.

from retention_client import GatewayClient

async with GatewayClient("https://retention.example", token="...") as gateway:
    await gateway.send({"type": "ORDER_PAID", "event_id": "shop-1:820982911", "customer_email": ...})
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from itertools import count
from types import TracebackType
from typing import Any, Literal, Self

import httpx2
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from retention_client.errors import GatewayRefused, GatewayUnavailable
from retention_client.events import MAX_BATCH_EVENTS, MAX_EVENT_BYTES, Event, InvalidEvent, canonical_json
from retention_client.retries import Retries, seconds_of
from retention_client.sending import AnyForm, SendResult

TIMEOUT_SECONDS = 15.0


class GatewayClient:
    """Sends events to a gateway, which validates them, commits them to PostgreSQL and answers.

    * **url** - The gateway's address, such as `https://retention.example`.
    * **token** - A token with the scope `events`, as `retention token create` prints it.
    * **timeout** - Seconds to wait for one response.
    * **retries** - What to do on connection errors and on the statuses 408, 429 and 5xx.
    * **transport** - Another transport of httpx2, such as a `MockTransport`.

    The client keeps connections open and is safe to share between tasks. Close it with `aclose()`, or use it as
    `async with`. Retries are safe: an `event_id` is applied once, however often it is sent.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float = TIMEOUT_SECONDS,
        retries: Retries | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._endpoint = f"{url.rstrip('/')}/v1/events"
        self._retries = retries or Retries()
        self._http = httpx2.AsyncClient(
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json",
                "Accept": "application/json",
            },
            timeout=timeout,
            transport=transport,
        )

    async def send(self, event: AnyForm) -> SendResult:
        """Send one event, and return once it is committed.

        `customer_email` may be missing if an order, a cart or a phone number identifies the customer. If none does yet,
        the status is `waiting`. Raises `InvalidEvent`, `GatewayUnavailable` or `GatewayRefused`.
        """
        (result,) = await self.send_batch([event])
        return result.raise_for_refusal()

    async def send_batch(self, events: Iterable[AnyForm]) -> list[SendResult]:
        """Send events in requests of a size that the gateway accepts, with a result for each in the same order.

        A wrong event is `refused` and does not affect the others. Raises `GatewayUnavailable`, with the `results` of
        the requests before, or `GatewayRefused`.
        """
        results: list[SendResult] = []
        for chunk in _chunks(events):
            if isinstance(chunk, SendResult):
                results.append(chunk)
                continue
            try:
                response = await self._post(b"[" + b",".join(chunk) + b"]")
            except GatewayUnavailable as error:
                error.results = tuple(results)
                raise
            results += _results(response, expected=len(chunk))
        return results

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _post(self, body: bytes) -> httpx2.Response:
        """Return a response that another attempt would not change."""
        give_up_at = time.monotonic() + self._retries.give_up_after
        for attempt in count(1):
            status, retry_after = None, None
            try:
                response = await self._http.post(self._endpoint, content=body)
            except httpx2.TransportError as error:
                reason = type(error).__name__
            else:
                if not _is_retried(response.status_code):
                    return response
                status, reason = response.status_code, f"HTTP status {response.status_code}"
                retry_after = seconds_of(response.headers.get("Retry-After"))
            pause = self._retries.pause(attempt, retry_after)
            if attempt >= self._retries.attempts or time.monotonic() + pause > give_up_at:
                raise GatewayUnavailable(reason, attempts=attempt, status=status, retry_after=retry_after)
            await asyncio.sleep(pause)
        raise AssertionError("the loop has no end")


def _is_retried(status: int) -> bool:
    return status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS) or status >= 500


def _chunks(events: Iterable[AnyForm]) -> Iterator[list[bytes] | SendResult]:
    """Yield the JSON of as many events as fit into one request, or the result of one that fits into none."""
    chunk: list[bytes] = []
    size = 0
    for event in events:
        try:
            body = _json(event)
        except InvalidEvent as error:
            if chunk:
                yield chunk
            chunk, size = [], 0
            yield SendResult.refused(error, _id_of(event))
            continue
        # The brackets, and a comma for each event.
        if len(chunk) == MAX_BATCH_EVENTS or size + len(body) + len(chunk) + 2 > MAX_EVENT_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(body)
        size += len(body)
    if chunk:
        yield chunk


def _json(event: AnyForm) -> bytes:
    try:
        body = canonical_json(event).encode() if isinstance(event, Event) else to_json(event)
    except (PydanticSerializationError, ValueError):
        raise InvalidEvent("body", "cannot be written as JSON") from None
    if len(body) + 2 > MAX_EVENT_BYTES:
        raise InvalidEvent("body", f"is larger than {MAX_EVENT_BYTES} bytes")
    return body


def _id_of(event: AnyForm) -> str | None:
    found = event.get("event_id") if isinstance(event, Mapping) else event.event_id
    return found if isinstance(found, str) else None


class _Result(BaseModel):
    status: Literal["accepted", "waiting", "refused"]
    event_id: str | None = None
    field: str = "body"
    reason: str = "is refused"

    def read(self) -> SendResult:
        if self.status == "refused":
            return SendResult.refused(InvalidEvent(self.field, self.reason), self.event_id)
        return SendResult(self.event_id, self.status)


class _Results(BaseModel):
    results: list[_Result]


def _results(response: httpx2.Response, expected: int) -> Sequence[SendResult]:
    if response.is_success:
        try:
            found = _Results.model_validate_json(response.content).results
        except ValidationError:
            found = []
        if len(found) == expected:
            return [result.read() for result in found]
    raise GatewayRefused(response.status_code, _detail(response))


def _detail(response: httpx2.Response) -> str:
    """Return what a problem document says of itself."""
    try:
        problem: Any = from_json(response.content)
        return str(problem["detail"])
    except (ValueError, LookupError, TypeError):
        return "not a response of the gateway" if response.is_success else response.reason_phrase
