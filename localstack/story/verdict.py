"""Whether everything came that the script tells of, and nothing else: in PostgreSQL, and as files."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path

from db.customers.records import CustomerRecord
from intake.webhooks.shopify.parts import SOURCE
from lifecycle.messages import MessageStatus
from localstack.story.scene import Character, settled

THROUGH = ("APPLIED", "SIGNALLED")
"""Where an event ends that the customer's workflow knows of."""


def problems(character: Character, story: CustomerRecord, mails: Path, texts: Path) -> Iterator[str]:
    """What is not as it should be with one character, a line each."""
    yield from _of_events(character, story)
    yield from _of_messages(character, story, mails, texts)


def _of_events(character: Character, story: CustomerRecord) -> Iterator[str]:
    """Each webhook is one event, however often it came, and whatever came before it."""
    kept = [event for event in story.events if event.event_id.startswith(f"{SOURCE}:")]
    webhooks = character.webhooks(datetime.now(UTC))
    if len(kept) != webhooks:
        yield f"{character.first_name}: {webhooks} webhooks came to {len(kept)} events"
    for event in kept:
        if event.status not in THROUGH:
            yield f"{character.first_name}: {event.type} is {event.status}"


def _of_messages(character: Character, story: CustomerRecord, mails: Path, texts: Path) -> Iterator[str]:
    expected, came = Counter(character.messages), Counter(settled(story))
    for message in (expected - came).elements():
        yield f"{character.first_name}: {message} is missing"
    for message in (came - expected).elements():
        yield f"{character.first_name}: {message} is not in the script"
    ids = _message_ids(mails)
    for sent in (message for message in story.messages if message.status == MessageStatus.SENT):
        if sent.channel == "SMS":
            found = int((texts / f"{sent.message_key}.json").exists())
        else:
            found = sum(sent.message_key.startswith(message_id) for message_id in ids)
        if found != 1:
            yield f"{character.first_name}: {sent.slug} {sent.step} was sent, and there are {found} files of it"


def _message_ids(mails: Path) -> list[str]:
    """The local part of every kept mail's `Message-ID`, which is the beginning of the message's key."""
    parser = BytesHeaderParser(policy=policy.default)
    headers = [parser.parsebytes(file.read_bytes())["Message-ID"] for file in sorted(mails.glob("*.eml"))]
    return [str(header).strip("<>").partition("@")[0] for header in headers]
