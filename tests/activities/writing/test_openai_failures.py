"""Every failure of a model becomes a reason of one line that quotes nothing, and a pause."""

import asyncio
import json
from datetime import timedelta

import pytest

from activities.writing.briefs import Brief
from activities.writing.language_model import GenerationFailed
from activities.writing.openai_failures import OPERATOR_PAUSE, SOON, TEXT_PAUSE
from db.content.contents import Spent
from localstack.servers.ports import reserve_port
from tests.activities.writing.model_server import GUIDE, ModelResponse, ModelServer, completion, error, said
from tests.activities.writing.study import BRIEF, language_model

HTML = ModelResponse(b"<!doctype html><title>Sign in</title>" + b"<p>hunter2</p>" * 40, content_type="text/html")
USED = 200
"""Tokens of any completion of the test's server."""


async def failure(model: ModelServer, answer: ModelResponse, brief: Brief = BRIEF) -> GenerationFailed:
    """The failure of a request that gets this response."""
    model.answers = [answer]
    with pytest.raises(GenerationFailed) as caught:
        await language_model(model.url).write(brief)
    assert len(model.asked) == 1, "the client must never try again by itself"
    return caught.value


@pytest.mark.parametrize(
    ("answer", "reason", "pause"),
    [
        (HTML, "answered with something other than", SOON),
        (ModelResponse(HTML.body), "answered with something other than", SOON),
        (ModelResponse(b""), "answered with something other than", SOON),
        (ModelResponse(b"null"), "answered with something other than", SOON),
        (ModelResponse(b"[1]"), "answered with something other than", SOON),
        (ModelResponse(b'"words"'), "answered with something other than", SOON),
        (ModelResponse(b"{}"), "answered with something other than", SOON),
        (ModelResponse(b"[" * 100_000), "", SOON),
        (ModelResponse(b"\xff\xfe\x00"), "", SOON),
        (completion([]), "is empty", SOON),
        (completion(None), "answered with something other than", SOON),
        (completion([{"index": 0, "finish_reason": "stop"}]), "answered with something other than", SOON),
        (said(None), "is empty", SOON),
        (error(500), "failed (500)", SOON),
        (error(503), "failed (503)", SOON),
        (ModelResponse(HTML.body, 502, content_type="text/html"), "failed (502)", SOON),
        (error(429), "accepts no more requests for now", SOON),
        (error(429, retry_after="soon"), "accepts no more requests for now", SOON),
        (error(429, retry_after="nan"), "accepts no more requests for now", SOON),
        (error(429, retry_after="-7"), "accepts no more requests for now", SOON),
        (error(429, retry_after="20"), "accepts no more requests for now", timedelta(seconds=20)),
        (ModelResponse(said(GUIDE).body, cut=250), "cannot be reached", SOON),
        (ModelResponse(b"", cut=0), "cannot be reached", SOON),
    ],
)
async def test_temporary_failures_are_retried(
    model: ModelServer, answer: ModelResponse, reason: str, pause: timedelta
) -> None:
    failed = await failure(model, answer)
    assert reason in failed.reason
    assert (failed.final, failed.pause) == (False, pause)
    assert_quotes_nothing(failed.reason)


@pytest.mark.parametrize(
    ("answer", "reason", "pause", "tokens"),
    [
        (said(None, refusal="I will not, hunter2"), "declined to write it", TEXT_PAUSE, USED),
        (said('{"heading": "Looking af', finish="length"), "was cut off", TEXT_PAUSE, USED),
        (said("", finish="content_filter"), "content filter stopped it", TEXT_PAUSE, USED),
        (said("Here is your guide, hunter2!"), "does not match the requested schema", TEXT_PAUSE, None),
        (said('{"heading": "Looking af'), "does not match the requested schema", TEXT_PAUSE, None),
        (said(f"```json\n{json.dumps(GUIDE)}\n```"), "does not match the requested schema", TEXT_PAUSE, None),
        (said({"heading": "hunter2"}), "does not match the requested schema", TEXT_PAUSE, None),
        (said({**GUIDE, "paragraphs": []}), "does not match the requested schema", TEXT_PAUSE, None),
        (said({**GUIDE, "paragraphs": ["a"] * 6}), "does not match the requested schema", TEXT_PAUSE, None),
        (said({**GUIDE, "url": "https://evil.example"}), "does not match the requested schema", TEXT_PAUSE, None),
        (said({**GUIDE, "heading": ["a", "list"]}), "does not match the requested schema", TEXT_PAUSE, None),
        (error(400), "does not accept the request (400)", OPERATOR_PAUSE, 0),
        (error(422), "does not accept the request (422)", OPERATOR_PAUSE, 0),
        (error(401), "does not accept our key (401)", OPERATOR_PAUSE, 0),
        (error(403), "does not accept our key (403)", OPERATOR_PAUSE, 0),
        (error(404), "was not found at its URL (404)", OPERATOR_PAUSE, 0),
        (error(429, "insufficient_quota"), "has no credit left", OPERATOR_PAUSE, 0),
        (error(429, retry_after="600"), "accepts no more requests for now", timedelta(minutes=10), 0),
        (error(429, retry_after="1e9"), "accepts no more requests for now", timedelta(hours=1), 0),
    ],
)
async def test_permanent_failures_are_final(
    model: ModelServer, answer: ModelResponse, reason: str, pause: timedelta, tokens: int | None
) -> None:
    failed = await failure(model, answer)
    assert reason in failed.reason
    assert (failed.final, failed.pause) == (True, pause)
    assert (failed.spent.tokens if failed.spent else None) == tokens
    assert_quotes_nothing(failed.reason)


async def test_a_model_that_does_not_respond_times_out(model: ModelServer) -> None:
    model.answers = [ModelResponse(b"{}", after=30)]
    with pytest.raises(GenerationFailed, match="did not answer in time") as caught:
        await language_model(model.url, timedelta(seconds=0.3)).write(BRIEF)
    assert (caught.value.final, caught.value.spent) == (False, None)


async def test_a_model_that_responds_byte_by_byte_times_out() -> None:
    """Each of its characters arrives in time, and the whole never does."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.05)

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        with pytest.raises(GenerationFailed, match="did not answer in time"):
            await language_model(url, timedelta(seconds=0.5)).write(BRIEF)


async def test_an_unreachable_model_cost_nothing() -> None:
    port = reserve_port("MODEL", None, 23025)
    with pytest.raises(GenerationFailed, match="cannot be reached") as caught:
        await language_model(f"http://127.0.0.1:{port.number}/v1").write(BRIEF)
    port.release()
    assert (caught.value.final, caught.value.spent) == (False, Spent())


def assert_quotes_nothing(reason: str) -> None:
    """Neither what was asked nor what was answered, and no secret."""
    assert not {"hunter2", "@", "Skillet", "http"} & set(reason.split())
    assert "hunter2" not in reason
    assert len(reason) < 120
