"""A server that speaks OpenAI's API over a real socket, and misbehaves as a test wants."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

MODEL = "test-model"
PROMPT_TOKENS = 120
COMPLETION_TOKENS = 80
GUIDE: dict[str, Any] = {
    "heading": "Looking after your skillet",
    "paragraphs": [
        "Wash it by hand in warm water while it is still a little warm. A soft brush does most of the work.",
        "Dry it at once, and rub in a thin film of oil. That is what builds the seasoning of the pan.",
    ],
    "points": ["Scrub rust away, oil it, and bake it upside down."],
}


@dataclass
class ModelResponse:
    """What is sent back: after so many seconds, and cut off where `cut` says, both of which break it."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    after: float = 0.0
    cut: int | None = None


def said(
    text: object, *, finish: str = "stop", refusal: str | None = None, usage: dict[str, int] | None = None
) -> ModelResponse:
    """A completion whose content is `text`, as JSON unless it is text already."""
    content = text if isinstance(text, str) or text is None else json.dumps(text)
    message = {"role": "assistant", "content": content, "refusal": refusal}
    choices = [{"index": 0, "finish_reason": finish, "message": message}]
    return completion(choices, usage=usage) if usage else completion(choices)


def completion(choices: object, **fields: Any) -> ModelResponse:
    """A completion with these choices; `fields` go over the usual ones."""
    usage = {
        "prompt_tokens": PROMPT_TOKENS,
        "completion_tokens": COMPLETION_TOKENS,
        "total_tokens": PROMPT_TOKENS + COMPLETION_TOKENS,
    }
    usual = {"id": "c-1", "object": "chat.completion", "created": 1, "model": MODEL, "usage": usage}
    return ModelResponse(json.dumps({**usual, "choices": choices, **fields}).encode())


def error(status: int, code: str | None = None, **headers: str) -> ModelResponse:
    """An error as OpenAI tells it."""
    error = {"error": {"message": "hunter2 ada@example.com", "type": "x", "code": code}}
    return ModelResponse(
        json.dumps(error).encode(), status, {name.replace("_", "-"): value for name, value in headers.items()}
    )


class ModelServer:
    """Answers every request with `answers` in their turn, the last one for ever, and remembers what was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[dict[str, Any]] = []
        self.answers: list[ModelResponse] = [said(GUIDE)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length:")[2].split()[0])
            self.asked.append(json.loads(await reader.readexactly(length)))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            await asyncio.sleep(answer.after)
            writer.write(_as_bytes(answer)[: answer.cut])
            await writer.drain()
        writer.close()


@asynccontextmanager
async def model_server() -> AsyncIterator[ModelServer]:
    """A server on a port of its own."""
    server = ModelServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    async with listening:
        yield server


def _as_bytes(answer: ModelResponse) -> bytes:
    headers = {"content-type": answer.content_type, "content-length": str(len(answer.body)), "connection": "close"}
    lines = [f"{name}: {value}" for name, value in {**headers, **answer.headers}.items()]
    return "\r\n".join([f"HTTP/1.1 {answer.status} scripted", *lines, "", ""]).encode() + answer.body
