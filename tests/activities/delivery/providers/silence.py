"""A provider that accepts requests and does not respond."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

LONGEST_SECONDS = 10


@contextmanager
def silence(server: HTTPServer, path: str, answer: dict[str, Any], status: int = 200) -> Iterator[None]:
    """Messages are taken and not answered, until the context ends; those of later are answered at once."""
    over = threading.Event()

    def wait(_request: Request) -> Response:
        over.wait(LONGEST_SECONDS)
        return Response(json.dumps(answer), status, content_type="application/json")

    server.expect_request(path).respond_with_handler(wait)
    try:
        yield
    finally:
        over.set()
