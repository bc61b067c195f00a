"""What a curl command asks for, without curl: `-H`, `-d` and the address are understood."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

import httpx2


def request_of(command: str, variables: Mapping[str, str]) -> httpx2.Request:
    """The request, with `$NAME` from `variables`, and `$(cat FILE)` filled in where the shell would."""
    words = iter(shlex.split(command.replace("\\\n", " ")))
    assert next(words) == "curl"
    headers: dict[str, str] = {}
    url = body = ""
    for word in words:
        match word:
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = _filled(value, variables)
            case "-d":
                body = next(words)
            case _:
                url = _filled(word, variables)
    return httpx2.Request("POST" if body else "GET", url, headers=headers, content=body.encode())


def _filled(text: str, variables: Mapping[str, str]) -> str:
    text = re.sub(r"\$\(cat ([^)]+)\)", lambda found: Path(found[1]).read_text(), text)
    return re.sub(r"\$([A-Z_]+)", lambda found: variables[found[1]], text)
