"""A few rounds of `make chaos`, with a fixed seed."""

import pytest

from lifecycle.campaigns import Purpose
from tests.chaos.front_door import front_door
from tests.chaos.orders import orders
from tests.chaos.sending import SINKS, sending


@pytest.mark.slow
async def test_a_dozen_faults_break_no_promise() -> None:
    findings = await orders(rounds=12, seed=7)
    assert [finding for finding in findings if not finding.holds] == []


@pytest.mark.slow
async def test_what_is_acknowledged_over_http_is_applied_exactly_once() -> None:
    findings = await front_door(rounds=12, seed=7)
    assert [finding for finding in findings if not finding.holds] == []


@pytest.mark.slow
async def test_no_message_is_lost_or_doubled_beyond_what_its_provider_makes_unavoidable() -> None:
    found = await sending(kills=80, seed=7)
    assert len(found) == len(SINKS) * (len(Purpose) + 1)
    assert {what: broken for what, findings in found.items() if (broken := [f for f in findings if not f.holds])} == {}
