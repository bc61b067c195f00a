"""Checks that exactly the messages in the scenario were sent: in PostgreSQL and as files."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path

from db.customers.records import CustomerRecord
from intake.webhooks.shopify.documents import SOURCE
from lifecycle.messages import MessageStatus
from localstack.demo.steps import DemoCustomer, decided_messages

FINAL = ("APPLIED", "SIGNALLED")
"""The statuses of events that have reached the customer's workflow."""


def problems(customer: DemoCustomer, record: CustomerRecord, mails: Path, texts: Path) -> Iterator[str]:
    """What differs from the scenario for one customer, one line each."""
    yield from _event_problems(customer, record)
    yield from _message_problems(customer, record, mails, texts)


def _event_problems(customer: DemoCustomer, record: CustomerRecord) -> Iterator[str]:
    """Each webhook is one event, however often it was delivered, and in any order."""
    stored = [event for event in record.events if event.event_id.startswith(f"{SOURCE}:")]
    webhooks = customer.webhooks(datetime.now(UTC))
    if len(stored) != webhooks:
        yield f"{customer.first_name}: {webhooks} webhooks became {len(stored)} events"
    for event in stored:
        if event.status not in FINAL:
            yield f"{customer.first_name}: {event.type} is {event.status}"


def _message_problems(customer: DemoCustomer, record: CustomerRecord, mails: Path, texts: Path) -> Iterator[str]:
    expected, actual = Counter(customer.messages), Counter(decided_messages(record))
    for message in (expected - actual).elements():
        yield f"{customer.first_name}: {message} is missing"
    for message in (actual - expected).elements():
        yield f"{customer.first_name}: {message} is not in the scenario"
    ids = _message_ids(mails)
    for sent in (message for message in record.messages if message.status == MessageStatus.SENT):
        if sent.channel == "SMS":
            found = int((texts / f"{sent.message_key}.json").exists())
        else:
            found = sum(sent.message_key.startswith(message_id) for message_id in ids)
        if found != 1:
            yield f"{customer.first_name}: {sent.slug} {sent.step} was sent, and there are {found} files of it"


def _message_ids(mails: Path) -> list[str]:
    """The local part of the `Message-ID` of each mail, which is the beginning of the message key."""
    parser = BytesHeaderParser(policy=policy.default)
    headers = [parser.parsebytes(file.read_bytes())["Message-ID"] for file in sorted(mails.glob("*.eml"))]
    return [str(header).strip("<>").partition("@")[0] for header in headers]
