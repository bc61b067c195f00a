"""A dry run does everything but sending; an allow list limits the recipients."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.delivery.email_port import OutgoingEmail
from activities.delivery.providers.dry_run import DryRunEmail, dry_run_sms
from activities.delivery.recipient import Recipients
from activities.delivery.submission_result import TemporaryFailure
from lifecycle.messages import MessageStatus
from localstack.stack.stack import Stack
from tests.activities.delivery.conftest import ADA, KEY, NOW, PostOffice
from tests.fixtures.shop import new_shop
from tests.fixtures.stack import PROJECT


def only_file(directory: Path) -> Path:
    [file] = directory.iterdir()
    return file


async def test_an_email_is_written_to_a_file_and_logged(post: PostOffice, tmp_path: Path) -> None:
    post.email = DryRunEmail(tmp_path / "dry-run")
    await post.plan()

    outcome = await post.deliver()

    assert (outcome.status, outcome.detail) == (MessageStatus.SENT, "sent by dry-run")
    row = await post.row()
    assert (row["provider"], row["provider_message_id"]) == ("dry-run", KEY)
    file = only_file(tmp_path / "dry-run")
    [kept] = await post.rows("SELECT content FROM rendered_messages")
    assert file.name == f"{KEY}.eml"
    assert file.read_bytes() == kept["content"]
    assert post.received() == []


async def test_a_text_message_is_written_to_a_file_and_logged(post: PostOffice, tmp_path: Path) -> None:
    post.sms = dry_run_sms(tmp_path / "dry-run")
    text = {"channel": "SMS", "subject": None, "template_body": "Hello"}
    await post.plan(profile={"phone": "+447400123456", "consent_sms": True}, campaign=text)

    assert (await post.deliver(now=NOW.replace(hour=12))).status == MessageStatus.SENT

    assert (await post.row())["provider"] == "dry-run"
    file = only_file(tmp_path / "dry-run")
    assert file.name == f"{KEY}.json"
    assert json.loads(file.read_text())["to"] == "+447400123456"


async def test_sending_again_changes_nothing(tmp_path: Path) -> None:
    email = DryRunEmail(tmp_path)
    await email.send(OutgoingEmail(KEY, "hello@shop.example", ADA, b"first"))
    await email.send(OutgoingEmail(KEY, "hello@shop.example", ADA, b"second"))
    assert only_file(tmp_path).read_bytes() == b"first"


async def test_an_unwritable_directory_is_a_temporary_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TemporaryFailure, match="is not writable"):
        await DryRunEmail(tmp_path / "file").send(OutgoingEmail(KEY, "hello@shop.example", ADA, b"content"))


@pytest.mark.parametrize(("allowed", "sent"), [([ADA], 1), (["*@example.com"], 1), (["eve@example.com"], 0)])
async def test_only_recipients_on_the_allow_list_get_messages(post: PostOffice, allowed: list[str], sent: int) -> None:
    post.recipients = Recipients(allowed)
    await post.plan(campaign={"purpose": "transactional"})

    outcome = await post.deliver()

    assert outcome.status == (MessageStatus.SENT if sent else MessageStatus.SKIPPED)
    assert len(post.received()) == sent
    if not sent:
        assert "not on the list" in outcome.detail


async def test_a_worker_in_a_dry_run_sends_nothing(
    clean_database: None, engine: AsyncEngine, temporal: Client, tmp_path: Path, database_url: str
) -> None:
    settings = {"dry_run": True, "data_directory": tmp_path}
    async with new_shop(temporal, engine, database_url, tmp_path, **settings) as shop:
        await shop.campaigns("order-confirmation")
        async with shop.worker():
            await shop.order("o-1")
            [message] = await shop.until_sent(1)
    assert message["provider"] == "dry-run"
    assert only_file(tmp_path / "dry-run").name == f"{message['message_key']}.eml"
    assert shop.mail.messages() == []


def test_a_worker_in_a_dry_run_logs_a_warning_at_start(stack: Stack, tmp_path: Path) -> None:
    own = {"PYTHONPATH": str(PROJECT), "TASK_QUEUE": "dry-run", "DRY_RUN": "true", "DATA_DIRECTORY": str(tmp_path)}
    command = [sys.executable, "-m", "starter.commands", "worker"]
    environment = {**stack.environment(), **own}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as worker:
        assert worker.stderr
        warning = next(line for line in worker.stderr if "DRY RUN" in line or "polling" in line)
        worker.terminate()
        worker.communicate()
    logged = json.loads(warning)
    assert logged["level"] == "warning"
    assert logged["directory"] == str(tmp_path / "dry-run")
