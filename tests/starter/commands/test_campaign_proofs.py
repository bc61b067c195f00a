"""`retention campaign preview` and `test-send`: before anything is applied, and before anybody gets it."""

import json
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from localstack.stack.stack import Stack
from tests.fixtures.postgres import connect
from tests.starter.commands.conftest import Command

FILE = """
campaigns:
  - slug: lamp-mail
    name: Lamps
    trigger_event: ORDER_PAID
    channel: EMAIL
    purpose: marketing
    steps:
      - subject: "A lamp for {{ customer.first_name or 'you' }}"
        preheader: It is bright.
        body: '<h1>Light</h1>{{ order.items|line_items(order.total) }}{{ shop.url|button("See") }}'
        locales: {de: {subject: Eine Lampe, body: "<h1>Licht</h1>{{ order.items|line_items(order.total) }}"}}
        variants: [{name: A}, {name: B, subject: More light}]
      - {subject: Still dark, body: "<p>Two</p>", delay_hours: 24}
  - {slug: lamp-text, name: Lamps by text, trigger_event: ORDER_PAID, channel: SMS, purpose: marketing,
     body: "{{ shop.name }}: your lamp is here"}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "lamps.yaml"
    written.write_text(FILE)
    return written


def seen(answer: list[dict[str, object]]) -> list[tuple[object, ...]]:
    """What tells proofs apart, and their subjects."""
    return [(proof["step"], proof["locale"], proof["variant"], proof["subject"]) for proof in answer]


def test_a_file_is_previewed_without_any_server(alone: Command, file: Path) -> None:
    answer = alone("campaign", "preview", "lamp-mail", "--file", file, "--out", "seen", "--json")
    assert seen(answer.json) == [
        (1, None, "A", "A lamp for Ada"),
        (1, "de", "A", "Eine Lampe"),
        (1, None, "B", "More light"),
        (1, "de", "B", "Eine Lampe"),
        (2, None, None, "Still dark"),
    ]
    assert sorted(path.name for path in Path("seen").iterdir()) == [
        *("lamp-mail-1-A-de.html", "lamp-mail-1-A-de.txt", "lamp-mail-1-A.html", "lamp-mail-1-A.txt"),
        *("lamp-mail-1-B-de.html", "lamp-mail-1-B-de.txt", "lamp-mail-1-B.html", "lamp-mail-1-B.txt"),
        *("lamp-mail-2.html", "lamp-mail-2.txt", "lamp-mail.html"),
    ]
    assert {proof["page"] for proof in answer.json} == {"seen/lamp-mail.html"}
    assert 'lang="de"' in Path("seen/lamp-mail-1-A-de.html").read_text()
    assert "See: https://shop.example" in Path("seen/lamp-mail-1-A.txt").read_text()


def test_a_page_shows_everything_and_can_do_nothing(alone: Command, file: Path) -> None:
    assert alone("campaign", "preview", "lamp-mail", "--file", file, "--out", "seen", "--step", "1").status == 0
    page = Path("seen/lamp-mail.html").read_text()
    assert page.count("<iframe ") == page.count(" sandbox ") == 4 * 4
    assert page.count("&lt;base target=&#34;_blank&#34;&gt;") == 4 * 4
    assert page.count("@media all") == page.count("@media not all") == 4 * 2
    assert page.count("<details>") == 4
    assert "<b>Cast &amp; Iron</b>" in page
    assert "<i>It is bright.</i>" in page
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "https://shop.example/images/" not in page


def test_one_language_or_one_variant_is_enough(alone: Command, file: Path) -> None:
    def subjects(*options: str) -> list[tuple[object, ...]]:
        return seen(alone("campaign", "preview", "lamp-mail", "--file", file, "--json", *options).json)

    assert subjects("--locale", "de-AT", "--variant", "B") == [
        (1, "de-AT", "B", "Eine Lampe"),
        (2, "de-AT", None, "Still dark"),
    ]
    assert subjects("--locale", "fr", "--step", "1") == [
        (1, "fr", "A", "A lamp for Ada"),
        (1, "fr", "B", "More light"),
    ]


def test_a_text_message_is_shown_with_what_it_costs(alone: Command, file: Path) -> None:
    [proof] = alone("campaign", "preview", "lamp-text", "--file", file, "--out", "seen", "--json").json
    assert (proof["segments"], proof["files"]) == (1, ["seen/lamp-text-1.txt"])
    page = Path("seen/lamp-text.html").read_text()
    assert '<p class="bubble">Cast &amp; Iron: your lamp is here</p>' in page
    assert "30 characters, sent and billed as 1 text message." in page


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["lamp-nowhere"], "no such campaign: lamp-nowhere (it stands not in"),
        (["lamp-mail", "--step", "3"], "--step: lamp-mail has steps 1 to 2"),
        (["lamp-mail", "--variant", "C"], "--variant: lamp-mail has only A, B"),
        (["lamp-text", "--variant", "C"], "--variant: lamp-text has none"),
    ],
)
def test_what_is_not_in_the_file(alone: Command, file: Path, arguments: list[str], told: str) -> None:
    answer = alone("campaign", "preview", *arguments, "--file", file)
    assert (answer.status, answer.error.count("\n")) == (2, 1)
    assert answer.error.startswith(told)


def test_a_mistake_is_told_with_its_place(alone: Command, file: Path) -> None:
    file.write_text(FILE.replace("Licht", "{{ nichts }}"))
    answer = alone("campaign", "preview", "lamp-mail", "--file", file)
    assert answer.status == 2
    assert answer.error == "lamp-mail, step 1, de, variant A: body, line 1: 'nichts' is undefined\n"


def messages_logged(stack: Stack) -> int:
    assert stack.settings.database_url
    with connect(stack.settings.database_url) as connection:
        found = connection.execute("SELECT count(*) FROM communications_log").fetchone()
    assert found
    return int(found[0])


def test_a_test_is_sent_from_a_file_and_counted_nowhere(quick: Command, stack: Stack, file: Path) -> None:
    assert stack.mail
    mails, logged = len(stack.mail.messages()), messages_logged(stack)
    options = ["--file", file, "--step", "1", "--locale", "de", "--variant", "B"]

    sent = quick("campaign", "test-send", "lamp-mail", "--to", "Me@Example.com", *options)

    assert sent.output == "sent: [TEST] Eine Lampe\nNo statistics count a test.\n"
    [written] = stack.mail.messages()[mails:]
    message = message_from_bytes(written.read_bytes(), policy=policy.default)
    assert (message["Subject"], message["To"]) == ("[TEST] Eine Lampe", "me@example.com")
    html = message.get_body(("html",))
    assert html
    assert "/c/" not in html.get_content()
    assert "/o/" not in html.get_content()
    assert messages_logged(stack) == logged


def test_a_step_without_the_variant_is_left_out(quick: Command, file: Path) -> None:
    file.write_text(FILE.replace("delay_hours: 24", "delay_hours: 24, variants: [{name: C}, {name: D}]"))
    sent = quick("campaign", "test-send", "lamp-mail", "--file", file, "--to", "me@example.com", "--variant", "A")
    assert sent.output == "sent: [TEST] A lamp for Ada\nNo statistics count a test.\n"


def test_a_text_message_is_tested_too(
    quick: Command, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMS_OUTBOX", str(tmp_path / "texts"))
    command = ("campaign", "test-send", "lamp-text", "--file", file, "--to", "+44 1632 960001")
    assert quick(*command, "--json").json == [{"text": "[TEST] Cast & Iron: your lamp is here"}]
    [written] = (tmp_path / "texts").glob("*.json")
    assert json.loads(written.read_text()) == {
        "to": "+441632960001",
        "text": "[TEST] Cast & Iron: your lamp is here",
        "segments": 1,
    }
    assert quick(*command).output.startswith(f"written to {tmp_path / 'texts'}, because SMS_URL is not set: [TEST] ")


@pytest.mark.parametrize(
    ("slug", "to", "told"),
    [
        ("lamp-text", "me@example.com", "--to: this is a text message: give a number"),
        ("lamp-mail", "+441632960001", "--to: this is an e-mail: give an address"),
        ("lamp-mail", "someone@elsewhere.example", "--to: RECIPIENT_ALLOW_LIST does not name it"),
        ("lamp-text", "+441632960002", "--to: RECIPIENT_ALLOW_LIST does not name it"),
    ],
)
def test_a_test_goes_to_whom_this_installation_may_write(
    quick: Command, stack: Stack, file: Path, monkeypatch: pytest.MonkeyPatch, slug: str, to: str, told: str
) -> None:
    assert stack.mail
    mails = len(stack.mail.messages())
    monkeypatch.setenv("RECIPIENT_ALLOW_LIST", "*@example.com,+441632960001")
    refused = quick("campaign", "test-send", slug, "--file", file, "--to", to)
    assert (refused.status, refused.error.count("\n")) == (2, 1)
    assert refused.error.startswith(told)
    assert to not in refused.error
    assert len(stack.mail.messages()) == mails
