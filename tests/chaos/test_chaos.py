"""A few rounds of `make chaos`, with a fixed seed."""

import pytest

from tests.chaos.__main__ import chaos


@pytest.mark.slow
async def test_a_dozen_faults_break_no_promise() -> None:
    findings = await chaos(rounds=12, seed=7)
    assert [finding for finding in findings if not finding.holds] == []
