"""`retention demo` as a program: on real servers, and two at once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lifecycle.messages import MessageStatus
from localstack.demo.context import CAMPAIGNS
from localstack.demo.scenario import DEMO_CUSTOMERS

PROJECT = Path(__file__).parents[3]
DEMO_SECONDS = 240
WITH_OTHER_CAMPAIGNS = """
import asyncio
from pathlib import Path
from settings import load_settings
from starter.commands.demo import run_demo
campaigns = Path("campaigns.yaml")
problems = asyncio.run(run_demo(load_settings(), leave=True, as_json=False, campaigns=campaigns, step_seconds=20))
raise SystemExit("; ".join(problems))
"""


@pytest.mark.slow
def test_two_demos_at_once(tmp_path: Path) -> None:
    demos = [_start(tmp_path, "--exit"), _start(tmp_path, "--exit", "--json")]
    outputs = [demo.communicate(timeout=DEMO_SECONDS) for demo in demos]
    assert [demo.returncode for demo in demos] == [0, 0], outputs
    assert "Every state was reached, and every message was sent." in outputs[0][0]
    assert "2 of them delivered twice; 18 e-mails and 1 text message" in outputs[0][0]
    document = json.loads(outputs[1][0])
    assert document["came_out"] is True
    assert [entry["state"] for entry in document["customers"]] == [
        customer.steps[-1].state for customer in DEMO_CUSTOMERS
    ]
    assert len({path.parent for path in tmp_path.glob(".data/demo/*/mail")}) == 2
    sent = [
        message for customer in DEMO_CUSTOMERS for message in customer.messages if message.status is MessageStatus.SENT
    ]
    mails, texts = Path(document["mails"]).glob("*.eml"), Path(document["texts"]).glob("*.json")
    assert len([*mails, *texts]) == len(sent)


@pytest.mark.slow
def test_a_missing_mail_is_reported(tmp_path: Path) -> None:
    # No customer ever enters the first state.
    campaigns = CAMPAIGNS.read_text(encoding="utf-8").replace("ENTERED_STATE_VIP", "ENTERED_STATE_VISITOR")
    (tmp_path / "campaigns.yaml").write_text(campaigns, encoding="utf-8")
    demo = _start(tmp_path, program=("-c", WITH_OTHER_CAMPAIGNS))
    output, error = demo.communicate(timeout=DEMO_SECONDS)
    assert demo.returncode == 1, output
    assert "Grace is welcomed as one of the best customers (day 28)" in error
    assert "vip-welcome 1 SENT is missing" in error
    assert len(error.splitlines()) == 1


def _start(
    directory: Path, *arguments: str, program: tuple[str, ...] = ("-m", "starter.commands", "demo")
) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    return subprocess.Popen(
        [sys.executable, *program, *arguments],
        env={**kept, "PYTHONPATH": str(PROJECT)},
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
