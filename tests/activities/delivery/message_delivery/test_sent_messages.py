"""Successful deliveries."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from activities.content.link_tokens import LinkPurpose, LinkReference
from lifecycle.messages import MessageStatus
from localstack.servers.mail_server import ReceivedMail
from tests.activities.delivery.conftest import ADA, KEY, NOW, SHOP, PostOffice


async def test_a_planned_message_is_sent_and_marked(post: PostOffice) -> None:
    await post.plan()

    outcome = await post.deliver()

    assert (outcome.status, outcome.until) == (MessageStatus.SENT, None)
    row = await post.row()
    assert (row["status"], row["sent_at"], row["provider"], row["reason"]) == ("SENT", NOW, "smtp", None)
    assert row["lease_until"] is None
    [mail] = post.received()
    assert mail["Subject"] == "How to look after your Cast Iron Skillet"
    assert mail["To"] == ADA
    body = mail.get_body(("html",))
    assert body is not None
    assert "Dear Ada, never soak the Cast Iron Skillet." in body.get_content()


async def test_the_bytes_sent_are_the_bytes_stored(post: PostOffice) -> None:
    seen: list[ReceivedMail] = []

    async def watch(message: ReceivedMail, keep: Callable[[], Path]) -> str:
        seen.append(message)
        keep()
        return "250 2.0.0 Ok: queued as 4XyZ"

    post.mail.behaviour = watch
    await post.plan()

    await post.deliver()

    [kept] = await post.rows("SELECT * FROM rendered_messages")
    assert seen[0].raw == kept["content"]
    assert (seen[0].sender, seen[0].recipients) == ("hello@shop.example", (ADA,))
    assert kept["recipient"] == ADA
    assert (await post.row())["provider_message_id"] == "4XyZ"


async def test_one_click_unsubscribe_survives_the_wire(post: PostOffice) -> None:
    await post.plan()
    await post.deliver()
    raw = post.mail.messages()[0].read_bytes()
    headers = raw.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")

    [link] = [line for line in headers if line.startswith("List-Unsubscribe: ")]
    assert link.startswith("List-Unsubscribe: <https://mail.shop.example/u/")
    assert link.endswith(">")
    assert SHOP.link_tokens.read(LinkPurpose.UNSUBSCRIBE, link.rpartition("/")[2].rstrip(">")) == LinkReference(KEY)
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in headers
    assert f"Message-ID: <{KEY[:40]}@shop.example>" in headers


async def test_a_transactional_email_has_no_unsubscribe_link(post: PostOffice) -> None:
    await post.plan(campaign={"purpose": "transactional"})
    await post.deliver()
    [mail] = post.received()
    assert mail["List-Unsubscribe"] is None
    assert mail["Auto-Submitted"] == "auto-generated"


async def test_a_sent_message_is_never_sent_again(post: PostOffice) -> None:
    await post.plan()
    await post.deliver()

    again = await post.deliver(now=NOW + timedelta(hours=1))

    assert again.status == MessageStatus.SENT
    assert len(post.received()) == 1
    assert (await post.row())["sent_at"] == NOW


async def test_a_text_message_goes_to_the_outbox(post: PostOffice) -> None:
    await post.plan(
        profile={"phone": "+44 7400 123456", "consent_sms": True, "time_zone": "Europe/London"},
        campaign={
            "channel": "SMS",
            "subject": None,
            "template_body": "{{ shop.name }}: thank you, {{ customer.name }}",
        },
    )

    outcome = await post.deliver()

    assert outcome.status == MessageStatus.SENT
    [file] = post.outbox.iterdir()
    assert file.name == f"{KEY}.json"
    assert json.loads(file.read_text()) == {
        "to": "+447400123456",
        "text": "Cast & Iron: thank you, Ada",
        "segments": 1,
    }


async def test_three_round_trips_to_postgresql(post: PostOffice) -> None:
    await post.plan()
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(post.engine.sync_engine, "before_cursor_execute", count)
    try:
        await post.deliver()
    finally:
        event.remove(post.engine.sync_engine, "before_cursor_execute", count)

    assert len(statements) == 3, statements
    assert (await post.row())["status"] == "SENT"


@pytest.mark.parametrize("name", ["Ada =?utf-8?q?=0D=0ABcc=3A_eve=40evil.example?=", "https://evil.example buy"])
async def test_a_missing_name_is_left_out(post: PostOffice, name: str) -> None:
    await post.plan(profile={"name": name}, campaign={"subject": "Hello {{ customer.name }}!"})
    assert (await post.deliver()).status == MessageStatus.SENT
    [mail] = post.received()
    assert (mail["Subject"], mail["Bcc"]) == ("Hello !", None)


async def test_a_template_error_fails_the_message(post: PostOffice) -> None:
    await post.plan(campaign={"template_body": "<p>{{ order.nonsense }}</p>"})

    outcome = await post.deliver()

    assert outcome.status == MessageStatus.FAILED
    assert outcome.detail == "body, line 1: 'dict object' has no attribute 'nonsense'"
    assert (await post.row())["status"] == "FAILED"
    assert post.received() == []


async def test_a_deleted_message_is_skipped(post: PostOffice) -> None:
    assert (await post.deliver()).status == MessageStatus.SKIPPED


async def test_the_targets_of_tracked_links_are_stored_with_the_claim(post: PostOffice) -> None:
    await post.plan(campaign={"template_body": '<a href="https://shop.example/skillet?a=1&amp;b=2">Look</a>'})

    await post.deliver()

    [kept] = await post.rows("SELECT links FROM rendered_messages")
    assert kept["links"] == ["https://shop.example", "https://shop.example/skillet?a=1&b=2"]
    body = post.received()[0].get_body(("html",))
    assert body is not None
    tokens = re.findall(r'/c/([^"]+)"', body.get_content())
    links = [SHOP.link_tokens.read(LinkPurpose.CLICK, token) for token in tokens]
    assert links == [LinkReference(KEY, 0), LinkReference(KEY, 1)]


async def test_the_longest_unsubscribe_header_is_not_folded(post: PostOffice) -> None:
    await post.plan()
    post.shop = replace(SHOP, public_url=f"https://{'m' * 60}.shop.example/{'p' * 700}")
    await post.deliver()
    headers = post.mail.messages()[0].read_bytes().partition(b"\r\n\r\n")[0].split(b"\r\n")
    [line] = [line for line in headers if line.startswith(b"List-Unsubscribe:")]
    link = f"{post.shop.public_url}/u/{SHOP.link_tokens.unsubscribe(KEY)}"
    assert line == f"List-Unsubscribe: <{link}>".encode()
    assert len(line) <= 998
