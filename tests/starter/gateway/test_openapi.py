"""The description holds: what it allows and what it does not is answered as it says, by the running gateway."""

from typing import Any

import hypothesis.core
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.internal.conjecture import engine
from hypothesis.strategies._internal import collections
from schemathesis import checks
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from starter.gateway.reference import TAGS
from tests.starter.gateway.program import PATIENCE, Gateways

# Of fields, the description tells the shape; that addresses, amounts and links are real ones is checked beyond it,
# and in a list each event by itself, so that a list with a wrong one is taken.
BEYOND = [checks.positive_data_acceptance, checks.negative_data_rejection]
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
TAKE_JSON = {"POST /v1/events", "POST /v1/customers/lookup"}
"""Operations with requests that can be malformed."""

A_FEW = settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def hypothesis_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo what Schemathesis does to Hypothesis in its process: other tests would report failing examples blank."""
    for changed, name in (
        (hypothesis.core, "RepresentationPrinter"),
        (hypothesis.core, "BUFFER_SIZE"),
        (engine, "BUFFER_SIZE"),
        (collections, "BUFFER_SIZE"),
    ):
        monkeypatch.setattr(changed, name, getattr(changed, name))


@pytest.mark.hypothesis
@pytest.mark.usefixtures("hypothesis_as_before")
def test_every_operation_answers_as_described(gateway: Gateways, subtests: pytest.Subtests) -> None:
    with gateway() as running:
        described = schemathesis.openapi.from_url(f"{running.address}/openapi.json", timeout=PATIENCE)
        operations = [found.ok() for found in described.get_all_operations() if isinstance(found, Ok)]
        for operation, mode in [*((one, POSITIVE) for one in operations), *((one, NEGATIVE) for one in operations)]:
            if mode is NEGATIVE and operation.label not in TAKE_JSON:
                continue

            @A_FEW
            @given(case=operation.as_strategy(generation_mode=mode))
            def answers(case: Any) -> None:
                headers = {"Authorization": f"Bearer {running.token}"}
                case.call_and_validate(headers=headers, excluded_checks=BEYOND, allow_redirects=False)

            with subtests.test(operation.label, mode=mode.value):
                answers()
    assert {operation.label for operation in operations} > TAKE_JSON


def test_operations_are_described_with_problems_and_a_tag(app: FastAPI) -> None:
    described = app.openapi()
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    assert {tag for operation in operations for tag in operation["tags"]} == {tag["name"] for tag in TAGS}
    taking = ("/v1/events", "/webhooks/{shop}", "/webhooks/resend", "/webhooks/ses", "/webhooks/twilio-status")
    for path in (*taking, "/v1/customers/lookup"):
        operation = described["paths"][path]["post"]
        assert operation["description"]
        assert {"400", "401", "408", "413", "415", "422", "503"} <= operation["responses"].keys()
        assert operation["responses"]["413"]["content"].keys() == {"application/problem+json"}
    assert described["paths"]["/v1/events"]["post"]["security"]
