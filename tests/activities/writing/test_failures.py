"""Every way in which a model fails ends in a reason of one line, that quotes nothing, and in a pause."""

import asyncio
import json
from datetime import timedelta

import pytest

from activities.content.letter import Letter
from activities.content.sample import ADA, ORDER, SHOP
from activities.writing.briefs import Brief, Briefs
from activities.writing.language_model import NotWritten
from activities.writing.openai_failures import FOR_THE_OPERATOR, FOR_THIS_TEXT, SOON
from db.content.contents import Spent
from lifecycle.campaigns import Purpose
from lifecycle.wording import Wording
from localstack.servers.ports import reserve_port
from tests.activities.writing.model_server import GUIDE, MODEL, Answer, ModelServer, completion, error, said
from tests.activities.writing.study import PROMPT, language_model

LETTER = Letter(
    key="0" * 64,
    slug="care-guide",
    step=1,
    channel="EMAIL",
    purpose=Purpose.MARKETING,
    wording=Wording("<p>Hello</p>", "Hello", prompt=PROMPT),
    reader=ADA,
    context={"order": ORDER},
    products=("SKILLET",),
)
[BRIEF] = Briefs(SHOP, MODEL).of(LETTER)
HTML = Answer(b"<!doctype html><title>Sign in</title>" + b"<p>hunter2</p>" * 40, content_type="text/html")
USED = 200
"""Tokens of any completion of the test's server."""


async def failure(model: ModelServer, answer: Answer, brief: Brief = BRIEF) -> NotWritten:
    """What becomes of a request that is answered so."""
    model.answers = [answer]
    with pytest.raises(NotWritten) as caught:
        await language_model(model.url).write(brief)
    assert len(model.asked) == 1, "the client must never try again by itself"
    return caught.value


@pytest.mark.parametrize(
    ("answer", "reason", "pause"),
    [
        (HTML, "answered with something else", SOON),
        (Answer(HTML.body), "answered with something else", SOON),
        (Answer(b""), "answered with something else", SOON),
        (Answer(b"null"), "answered with something else", SOON),
        (Answer(b"[1]"), "answered with something else", SOON),
        (Answer(b'"words"'), "answered with something else", SOON),
        (Answer(b"{}"), "answered with something else", SOON),
        (Answer(b"[" * 100_000), "", SOON),
        (Answer(b"\xff\xfe\x00"), "", SOON),
        (completion([]), "is empty", SOON),
        (completion(None), "answered with something else", SOON),
        (completion([{"index": 0, "finish_reason": "stop"}]), "answered with something else", SOON),
        (said(None), "is empty", SOON),
        (error(500), "is out of order (500)", SOON),
        (error(503), "is out of order (503)", SOON),
        (Answer(HTML.body, 502, content_type="text/html"), "is out of order (502)", SOON),
        (error(429), "takes no more requests for now", SOON),
        (error(429, retry_after="soon"), "takes no more requests for now", SOON),
        (error(429, retry_after="nan"), "takes no more requests for now", SOON),
        (error(429, retry_after="-7"), "takes no more requests for now", SOON),
        (error(429, retry_after="20"), "takes no more requests for now", timedelta(seconds=20)),
        (Answer(said(GUIDE).body, cut=250), "cannot be reached", SOON),
        (Answer(b"", cut=0), "cannot be reached", SOON),
    ],
)
async def test_it_may_be_over_soon(model: ModelServer, answer: Answer, reason: str, pause: timedelta) -> None:
    failed = await failure(model, answer)
    assert reason in failed.reason
    assert (failed.final, failed.pause) == (False, pause)
    assert_quotes_nothing(failed.reason)


@pytest.mark.parametrize(
    ("answer", "reason", "pause", "tokens"),
    [
        (said(None, refusal="I will not, hunter2"), "declined to write it", FOR_THIS_TEXT, USED),
        (said('{"heading": "Looking af', finish="length"), "was cut off", FOR_THIS_TEXT, USED),
        (said("", finish="content_filter"), "content filter stopped it", FOR_THIS_TEXT, USED),
        (said("Here is your guide, hunter2!"), "not in the shape", FOR_THIS_TEXT, None),
        (said('{"heading": "Looking af'), "not in the shape", FOR_THIS_TEXT, None),
        (said(f"```json\n{json.dumps(GUIDE)}\n```"), "not in the shape", FOR_THIS_TEXT, None),
        (said({"heading": "hunter2"}), "not in the shape", FOR_THIS_TEXT, None),
        (said({**GUIDE, "paragraphs": []}), "not in the shape", FOR_THIS_TEXT, None),
        (said({**GUIDE, "paragraphs": ["a"] * 6}), "not in the shape", FOR_THIS_TEXT, None),
        (said({**GUIDE, "url": "https://evil.example"}), "not in the shape", FOR_THIS_TEXT, None),
        (said({**GUIDE, "heading": ["a", "list"]}), "not in the shape", FOR_THIS_TEXT, None),
        (error(400), "does not take the request (400)", FOR_THE_OPERATOR, 0),
        (error(422), "does not take the request (422)", FOR_THE_OPERATOR, 0),
        (error(401), "does not accept our key (401)", FOR_THE_OPERATOR, 0),
        (error(403), "does not accept our key (403)", FOR_THE_OPERATOR, 0),
        (error(404), "is not known at its address (404)", FOR_THE_OPERATOR, 0),
        (error(429, "insufficient_quota"), "has nothing left to spend", FOR_THE_OPERATOR, 0),
        (error(429, retry_after="600"), "takes no more requests for now", timedelta(minutes=10), 0),
        (error(429, retry_after="1e9"), "takes no more requests for now", timedelta(hours=1), 0),
    ],
)
async def test_another_try_would_only_repeat_it(
    model: ModelServer, answer: Answer, reason: str, pause: timedelta, tokens: int | None
) -> None:
    failed = await failure(model, answer)
    assert reason in failed.reason
    assert (failed.final, failed.pause) == (True, pause)
    assert (failed.spent.tokens if failed.spent else None) == tokens
    assert_quotes_nothing(failed.reason)


async def test_one_that_does_not_answer_is_not_waited_for(model: ModelServer) -> None:
    model.answers = [Answer(b"{}", after=30)]
    with pytest.raises(NotWritten, match="did not answer in time") as caught:
        await language_model(model.url, timedelta(seconds=0.3)).write(BRIEF)
    assert (caught.value.final, caught.value.spent) == (False, None)


async def test_one_that_answers_a_letter_at_a_time_is_not_waited_for_either() -> None:
    """Each of its letters comes in time, and the whole never does."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 told\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.05)

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        with pytest.raises(NotWritten, match="did not answer in time"):
            await language_model(url, timedelta(seconds=0.5)).write(BRIEF)


async def test_nobody_there_has_cost_nothing() -> None:
    port = reserve_port("MODEL", None, 23025)
    with pytest.raises(NotWritten, match="cannot be reached") as caught:
        await language_model(f"http://127.0.0.1:{port.number}/v1").write(BRIEF)
    port.release()
    assert (caught.value.final, caught.value.spent) == (False, Spent())


def assert_quotes_nothing(reason: str) -> None:
    """Neither what was asked nor what was answered, and no secret."""
    assert not {"hunter2", "@", "Skillet", "http"} & set(reason.split())
    assert "hunter2" not in reason
    assert len(reason) < 120
