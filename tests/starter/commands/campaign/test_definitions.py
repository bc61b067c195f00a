"""`retention campaign`: files applied, campaigns started and paused, and previewed before customers get them."""

from email import message_from_bytes, policy
from pathlib import Path

from localstack.stack.stack import Stack
from tests.fixtures.postgres import connect
from tests.starter.commands.conftest import Command

FILE = """
campaigns:
  - slug: shelf-mail
    name: Shelf
    trigger_event: "CUSTOM:shelf"
    channel: EMAIL
    purpose: marketing
    steps:
      - {subject: "A shelf for {{ customer.first_name or 'you' }}", body: "<h1>One</h1>\\n<p>Old.</p>"}
      - {subject: Still no shelf, body: "<p>Two</p>", delay_hours: 24}
  - {slug: shelf-text, name: Shelf by text, trigger_event: "CUSTOM:shelf", channel: SMS, purpose: marketing,
     body: "{{ shop.name }}: your shelf is here"}
"""


def listed(quick: Command) -> dict[str, str]:
    """The status of each step of this file's campaigns."""
    rows = quick("campaign", "list", "--json").json
    return {f"{row['slug']} {row['step']}": row["status"] for row in rows if row["slug"].startswith("shelf-")}


def log_size(stack: Stack) -> int:
    """How many messages the log has."""
    assert stack.settings.database_url
    with connect(stack.settings.database_url) as connection:
        found = connection.execute("SELECT count(*) FROM communications_log").fetchone()
    assert found
    return int(found[0])


def test_a_campaign_is_applied_started_changed_paused_and_tried(quick: Command, stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "shelf.yaml"
    file.write_text(FILE)
    planned = quick("campaign", "apply", file, "--dry-run", "--json").json
    assert planned["applied"] is False
    assert [(row["slug"], row["step"]) for row in planned["added"]] == [
        ("shelf-mail", 1),
        ("shelf-mail", 2),
        ("shelf-text", 1),
    ]
    assert listed(quick) == {}

    assert "+ shelf-mail 2: Shelf" in quick("campaign", "apply", file).output
    assert set(listed(quick).values()) == {"draft"}
    started = quick("campaign", "start", "shelf-mail", "shelf-text")
    assert started.output == "shelf-mail is live\nshelf-text is live\n"
    assert quick("campaign", "pause", "shelf-text", "--json").json == [{"slug": "shelf-text", "status": "paused"}]
    refused = quick("campaign", "start", "shelf-text", "shelf-nowhere")
    assert (refused.status, refused.error.count("\n")) == (2, 1)
    assert refused.error.startswith("no such campaign: shelf-nowhere")

    file.write_text(FILE.replace("<p>Old.</p>", "<p>New.</p>").replace("Shelf by text", "Shelf in short"))
    shown = quick("campaign", "apply", file).output
    assert "      - <p>Old.</p>\n      + <p>New.</p>\n" in shown
    assert "name: Shelf by text → Shelf in short" in shown
    assert listed(quick) == {"shelf-mail 1": "live", "shelf-mail 2": "live", "shelf-text 1": "paused"}
    assert quick("campaign", "apply", file, "--json").json["changed"] == []

    previews = quick("campaign", "preview", "shelf-mail", "--out", tmp_path / "seen", "--json").json
    assert [preview["subject"] for preview in previews] == ["A shelf for Ada", "Still no shelf"]
    html, text = (Path(name).read_text() for name in previews[0]["files"])
    assert ">One</h1>" in html
    assert "New." in text
    assert quick("campaign", "preview", "shelf-text", "--out", "seen").output.splitlines()[0].endswith("shelf is here")
    assert (tmp_path / "seen" / "shelf-text-1.txt").exists()

    assert stack.mail
    mails, logged = len(stack.mail.messages()), log_size(stack)
    sent = quick("campaign", "test-send", "shelf-mail", "--step", "2", "--to", "Me@Example.com")
    assert sent.output == "sent: [TEST] Still no shelf\nTests are not counted in statistics.\n"
    [file] = stack.mail.messages()[mails:]
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (message["Subject"], message["To"]) == ("[TEST] Still no shelf", "me@example.com")
    assert log_size(stack) == logged
    for arguments in (["shelf-text"], ["shelf-mail", "--step", "3"], ["shelf-nowhere"]):
        assert quick("campaign", "test-send", *arguments, "--to", "me@example.com").status == 2
