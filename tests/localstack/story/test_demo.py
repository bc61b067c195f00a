"""`retention demo` as a program: on real servers, and twice at once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lifecycle.messages import MessageStatus
from localstack.story.script import STORY
from localstack.story.stage import CAMPAIGNS

PROJECT = Path(__file__).parents[3]
DEMO_SECONDS = 240
WITH_OTHER_CAMPAIGNS = """
from pathlib import Path
from starter import commands
from localstack.story import player, stage
stage.CAMPAIGNS, player.PATIENCE_SECONDS = Path("campaigns.yaml"), 20
commands.main()
"""


@pytest.mark.slow
def test_twice_at_once_it_works_twice(tmp_path: Path) -> None:
    demos = [_start(tmp_path, "--exit"), _start(tmp_path, "--exit", "--json")]
    outputs = [demo.communicate(timeout=DEMO_SECONDS) for demo in demos]
    assert [demo.returncode for demo in demos] == [0, 0], outputs
    assert "Every state was reached, and every message came." in outputs[0][0]
    assert "2 of them delivered twice; 18 e-mails and 1 text message" in outputs[0][0]
    document = json.loads(outputs[1][0])
    assert document["came_out"] is True
    assert [customer["state"] for customer in document["customers"]] == [
        character.scenes[-1].state for character in STORY
    ]
    assert len({path.parent for path in tmp_path.glob(".data/demo/*/mail")}) == 2
    sent = [message for character in STORY for message in character.messages if message.status is MessageStatus.SENT]
    mails, texts = Path(document["mails"]).glob("*.eml"), Path(document["texts"]).glob("*.json")
    assert len([*mails, *texts]) == len(sent)


@pytest.mark.slow
def test_a_mail_that_does_not_come_is_told_of(tmp_path: Path) -> None:
    # Nobody ever enters the first state.
    campaigns = CAMPAIGNS.read_text(encoding="utf-8").replace("ENTERED_STATE_VIP", "ENTERED_STATE_VISITOR")
    (tmp_path / "campaigns.yaml").write_text(campaigns, encoding="utf-8")
    demo = _start(tmp_path, "--exit", program=("-c", WITH_OTHER_CAMPAIGNS))
    output, error = demo.communicate(timeout=DEMO_SECONDS)
    assert demo.returncode == 1, output
    assert "Grace is welcomed among the best customers (day 28)" in error
    assert "vip-welcome 1 SENT is missing" in error
    assert len(error.splitlines()) == 1


def _start(
    directory: Path, *arguments: str, program: tuple[str, ...] = ("-m", "starter.commands")
) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    return subprocess.Popen(
        [sys.executable, *program, "demo", *arguments],
        env={**kept, "PYTHONPATH": str(PROJECT)},
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
