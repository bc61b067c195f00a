"""`retention customer` and `churn-check`: one customer's life, as an operator follows it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from localstack.servers.ports import reserve_port
from localstack.servers.temporal_server import TemporalServer
from localstack.stack.stack import Stack
from tests.fixtures.stack import run_command
from tests.starter.commands.conftest import Command
from tests.starter.commands.waiting import eventually

CAMPAIGNS = """
campaigns:
  - {slug: life-receipt, name: Receipt, trigger_event: "CUSTOM:life", channel: EMAIL, purpose: transactional,
     subject: Your receipt, body: "<p>Thank you.</p>"}
  - {slug: life-news, name: News, trigger_event: "CUSTOM:life", channel: EMAIL, purpose: marketing,
     subject: News, body: "<p>News.</p>"}
  - {slug: life-large, name: Large, trigger_event: ORDER_PAID, channel: EMAIL, purpose: transactional,
     conditions: {min_value: 5000}, subject: So much, body: "<p>So much.</p>"}
  - {slug: life-draft, name: Draft, trigger_event: "CUSTOM:life", channel: EMAIL, purpose: transactional,
     subject: Draft, body: "<p>Draft.</p>"}
  - {slug: life-vip, name: Very important, trigger_event: ENTERED_STATE_VIP, channel: EMAIL, purpose: marketing,
     subject: You, body: "<p>You.</p>"}
"""


def test_a_life_can_be_followed_and_explained(quick: Command, stack: Stack, tmp_path: Path) -> None:
    email = "life@example.com"
    (tmp_path / "life.yaml").write_text(CAMPAIGNS)
    assert quick("campaign", "apply", "life.yaml").status == 0
    assert quick("campaign", "start", "life-receipt", "life-news", "life-large", "life-vip").status == 0
    assert (
        quick(
            *("event", "send", "--type", "ORDER_PAID", "--email", email, "--set", "order.order_id=7"),
            *("--set", "order.total=60.00", "--set", 'order.items:=[{"sku":"PAN","name":"[red]Pan","quantity":2}]'),
        ).status
        == 0
    )
    assert quick("event", "send", "--type", "CUSTOM", "--email", email, "--set", "name=life").status == 0

    timeline = eventually(
        lambda: quick("customer", "timeline", email, "--json"), lambda moments: "SENT" in str(moments)
    )
    assert {entry["event"]: entry["state"] for entry in timeline if entry["event"]} == {
        "order 7 paid: 60.00 USD (2 × [red]Pan)": "VISITOR → CUSTOMER",
        "life": None,
    }
    assert {entry["message"] for entry in timeline if entry["message"]} == {
        "Receipt (EMAIL) SENT",
        "News (EMAIL) SKIPPED: no consent",
    }
    assert "[red]Pan" in quick("customer", "timeline", email).output

    explained = quick("customer", "explain", email, "--json").json
    campaigns = {found["slug"]: found for found in explained["campaigns"]}
    assert explained["consent"] == {"email": None, "sms": None}
    [receipt] = campaigns["life-receipt"]["messages"]
    assert (receipt["status"], receipt["why"], receipt["provider"]) == ("SENT", "was sent by smtp", "smtp")
    [news] = campaigns["life-news"]["messages"]
    assert (news["status"], news["why"]) == ("SKIPPED", "was not sent: no consent")
    assert "its condition min_value was not met" in campaigns["life-large"]["why_none"]
    assert campaigns["life-draft"]["why_none"].startswith("it is a draft, and drafts send nothing")
    assert campaigns["life-vip"]["why_none"].startswith("its trigger, ENTERED_STATE_VIP, never occurred")
    only = quick("customer", "explain", email, "--campaign", "life-news")
    assert "no consent" in only.output
    assert "Receipt: EMAIL" not in only.output
    assert quick("customer", "explain", email, "--campaign", "life-other").status == 2

    known = quick("customer", "show", email, "--json").json
    url = f"{stack.settings.temporal_ui_url}/namespaces/default/workflows/customer%2F{known['customer_id']}"
    assert known["ui_url"] == url
    assert quick("customer", "open", known["customer_id"], "--no-browser").output == f"{url}\n"

    before = datetime.now(UTC)
    moved = quick("customer", "fast-forward", email, "61d", "--json").json
    assert datetime.fromisoformat(moved["now"]) - before >= timedelta(days=61)
    as_of = (before + timedelta(days=61)).isoformat()
    assert known["customer_id"] in quick("churn-check", "run", "--as-of", as_of, "--dry-run", "--json").json["due"]
    assert quick("churn-check", "run", "--as-of", as_of, "--json").json["signalled"] >= 1
    faded = eventually(
        lambda: quick("customer", "show", email, "--json"), lambda shown: shown["workflow"]["state"] == "AT_RISK"
    )
    assert faded["profile"]["state"] == faded["workflow"]["state"] == "AT_RISK"
    assert "CUSTOMER → AT_RISK" in quick("customer", "timeline", email).output
    assert "leaves AT_RISK without a purchase" in quick("customer", "show", email).output


def test_without_a_worker_the_database_still_answers(quick: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    email = "waiting@example.com"
    monkeypatch.setenv("TASK_QUEUE", "nobody-here")
    assert quick("event", "send", "--type", "VISITED", "--email", email).status == 0
    refused = quick("customer", "fast-forward", email, "1d")
    assert (refused.status, refused.output) == (1, "")
    assert refused.error == "this customer's clock cannot move: no worker answers: start `retention worker`\n"
    timeline = quick("customer", "timeline", email, "--json").json
    assert [entry["event"] for entry in timeline] == ["visited (not applied yet)"]


@workflow.defn(name="CustomerWorkflow")
class Somebody:
    """As much of a customer as a command asks."""

    @workflow.run
    async def run(self) -> None:
        """Live for ever."""
        await workflow.wait_condition(lambda: False)

    @workflow.query
    def profile(self) -> dict[str, str]:
        """There."""
        return {"state": "VISITOR"}


async def test_a_server_that_keeps_real_time_moves_no_clock(tmp_path: Path) -> None:
    customer = "A" * 26
    port, ui_port = reserve_port("TEMPORAL_PORT", None, 28233), reserve_port("TEMPORAL_UI_PORT", None, 28733)
    real_time = ("--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=false")
    async with TemporalServer(
        port.number, ui_port.number, tmp_path / "temporal.log", extra_arguments=real_time
    ) as server:
        client = await Client.connect(server.address)
        async with Worker(
            client, task_queue="retention", workflows=[Somebody], workflow_runner=UnsandboxedWorkflowRunner()
        ):
            await client.start_workflow(Somebody.run, id=f"customer/{customer}", task_queue="retention")
            answer = await asyncio.to_thread(
                run_command,
                *("customer", "fast-forward", customer, "1d"),
                environment={"TEMPORAL_ADDRESS": server.address},
                directory=tmp_path,
            )
    assert (answer.status, answer.output) == (1, "")
    assert answer.error.startswith("this Temporal server cannot skip time")


@pytest.mark.slow
def test_a_check_that_no_worker_takes_up_is_a_failure(quick: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASK_QUEUE", "nobody-here")
    answer = quick("churn-check", "run")
    assert (answer.status, answer.error) == (1, "no worker picks up the check: start `retention worker`\n")
