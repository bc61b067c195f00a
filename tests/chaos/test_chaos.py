"""A few rounds of `make chaos`, with a fixed seed."""

import pytest

from tests.chaos.__main__ import chaos
from tests.chaos.front_door import front_door


@pytest.mark.slow
async def test_a_dozen_faults_break_no_promise() -> None:
    findings = await chaos(rounds=12, seed=7)
    assert [finding for finding in findings if not finding.holds] == []


@pytest.mark.slow
async def test_what_is_acknowledged_over_http_is_applied_exactly_once() -> None:
    findings = await front_door(rounds=12, seed=7)
    assert [finding for finding in findings if not finding.holds] == []
