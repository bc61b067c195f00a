"""Events in files and pipes: one JSON object, a JSON list, or JSON lines."""

from collections.abc import Iterator

from pydantic_core import from_json, to_json

from operations.access.errors import InvalidInput
from retention_client.events import InvalidEvent, StorefrontEvent, parse_event_json

MOST_BYTES = 100_000_000


class InvalidEvents(InvalidInput):
    """A text that contains something other than events. `field` is the place of the event in the text."""


def read_events(text: bytes, *, currency: str) -> list[StorefrontEvent]:
    """Every event in a text, each checked. Raises `InvalidEvents`, or `InvalidEvent` for a text of one event."""
    if len(text) > MOST_BYTES:
        raise InvalidEvents(f"is larger than {MOST_BYTES} bytes", field="body")
    bodies = list(_bodies(text))
    if not bodies:
        raise InvalidEvents("contains no event", field="body")
    if len(bodies) == 1:
        return [parse_event_json(bodies[0][1], currency=currency)]
    return [_checked(place, body, currency) for place, body in bodies]


def _checked(place: str, body: bytes, currency: str) -> StorefrontEvent:
    try:
        return parse_event_json(body, currency=currency)
    except InvalidEvent as error:
        raise InvalidEvents(str(error), field=place) from None


def _bodies(text: bytes) -> Iterator[tuple[str, bytes]]:
    """The place of each event in the text, and its JSON."""
    lines = [(f"line {number}", line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    try:
        document = from_json(text)
    except ValueError:
        if len(lines) > 1 and _is_json(lines[0][1]):
            yield from lines
        elif lines:
            yield "event 1", text
        return
    if not isinstance(document, list):
        yield "event 1", text
        return
    for number, element in enumerate(document, start=1):
        yield f"event {number}", to_json(element)


def _is_json(line: bytes) -> bool:
    try:
        from_json(line)
    except ValueError:
        return False
    return True
