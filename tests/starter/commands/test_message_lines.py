"""An explained message as an operator reads it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from operations.customers.message_causes import CandidateCampaign, MessageCause
from operations.customers.message_explanation import (
    ExplainedDecision,
    ExplainedMessage,
    ExplainedReaction,
    ExplainedText,
)
from starter.commands.message_lines import message_lines
from starter.commands.output import fields

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def printed(message: ExplainedMessage) -> list[str]:
    """The lines that an operator reads, with single spaces."""
    console = Console(width=200, highlight=False)
    with console.capture() as capture:
        console.print(fields(message_lines(message)))
    return [re.sub(r"\s+", " ", line).strip() for line in capture.get().splitlines()]


def test_the_outcome_comes_first_and_then_what_happened(explained: Callable[..., ExplainedMessage]) -> None:
    message = explained(
        event=MessageCause(AT, "launch", "CUSTOM", "e-1"),
        decisions=(ExplainedDecision(AT, "put off", "frequency cap: 1 a day", AT),),
        reactions=(ExplainedReaction("OPEN", AT, True), ExplainedReaction("CLICK", AT, False, link=0)),
        provider="smtp",
        provider_message_id="m-1",
        candidates=(CandidateCampaign("news", False, "it was not live then"),),
    )
    time = "2026-11-22 12:00"
    assert printed(message) == [
        f"1. SENT was sent ({time})",
        f"because of launch, {time} (event e-1)",
        f"planned {time}, for {time}, good until {time}",
        f"put off {time} until {time}: frequency cap: 1 a day",
        f"after that {time}: opened by a machine",
        f"after that {time}: link 1 clicked by a person",
        "provider smtp, as m-1",
        "not sent by news (it was not live then)",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (ExplainedText(reason="the model did not answer"), "the campaign's own body: the model did not answer"),
        (ExplainedText("small", tokens=812), "by small, 812 tokens, 0"),
        (
            ExplainedText("small", tokens=812, cost=Decimal("0.5"), reused=True),
            "by small, written before for 812 tokens, 0.5",
        ),
    ],
)
def test_the_origin_of_the_text(text: ExplainedText, line: str, explained: Callable[..., ExplainedMessage]) -> None:
    assert f"text {line}" in printed(explained(words=text))


def test_the_variant_of_an_ab_test(explained: Callable[..., ExplainedMessage]) -> None:
    assert "variant B" in printed(explained(variant="B"))


@pytest.fixture
def explained() -> Callable[..., ExplainedMessage]:
    """A message that was sent, with some fields changed."""
    usual: dict[str, Any] = {
        "step": 1,
        "event": None,
        "candidates": (),
        "occurrence": "1",
        "triggered_at": AT,
        "planned_at": AT,
        "due_at": AT,
        "expires_at": AT,
        "decisions": (),
        "variant": None,
        "held_out": False,
        "words": None,
        "status": "SENT",
        "why": "was sent",
        "sent_at": AT,
        "attempts": 0,
        "provider": None,
        "provider_message_id": None,
        "reactions": (),
    }
    return lambda **changes: ExplainedMessage(**{**usual, **changes})
