"""The scenario shows every state, and expects what the rules and the campaigns say."""

from datetime import UTC, date, datetime, time
from itertools import pairwise
from pathlib import Path

import pytest

from lifecycle.campaign_file import read_campaigns
from lifecycle.customer import Customer
from lifecycle.ledger_events import ChurnChecked
from lifecycle.policy import Policy
from lifecycle.retention_agent import RetentionAgent
from lifecycle.states import State
from localstack.demo.context import CAMPAIGNS
from localstack.demo.scenario import DEMO_CUSTOMERS, GRACE
from localstack.demo.steps import DemoCustomer, DemoStep
from tests.localstack.demo.deliveries import events_of

FIRST_DAY = date(2026, 3, 1)
NOON = datetime.combine(FIRST_DAY, time(12), UTC)

customers = pytest.mark.parametrize(
    "customer", DEMO_CUSTOMERS, ids=[customer.first_name for customer in DEMO_CUSTOMERS]
)


def test_one_customer_goes_through_every_state() -> None:
    assert {step.state for step in GRACE.steps} == set(State)


def test_the_customers_are_distinct_and_of_the_example_domain() -> None:
    assert all(customer.email.endswith("@example.com") for customer in DEMO_CUSTOMERS)
    names = [(one.email, one.first_name, one.shopify_id) for one in DEMO_CUSTOMERS]
    assert [len(set(values)) for values in zip(*names, strict=True)] == [3, 3, 3]


@customers
def test_time_never_runs_backwards(customer: DemoCustomer) -> None:
    moments = [step.begins(FIRST_DAY) or NOON for step in customer.steps]
    assert all(earlier <= later for earlier, later in pairwise(moments))


@customers
async def test_the_rules_lead_to_the_states_of_the_scenario(customer: DemoCustomer) -> None:
    agent, known, now = RetentionAgent(Policy()), Customer("C" * 26, customer.email), NOON
    for step in customer.steps:
        now = step.begins(FIRST_DAY) or now
        known = agent.check_state_transitions(known, now).customer
        known = await _run(agent, known, customer, step, now)
        assert known.standing.state is step.state, step.text


@customers
def test_every_message_is_a_step_of_a_campaign(customer: DemoCustomer) -> None:
    steps = {(row.slug, row.step) for row in read_campaigns(CAMPAIGNS.read_text(encoding="utf-8"))}
    assert {(message.campaign, message.step) for message in customer.messages} <= steps


def test_the_sample_has_its_attribution() -> None:
    attribution = (Path(CAMPAIGNS).parent / "localstack/demo/data/README.md").read_text(encoding="utf-8")
    assert "10.24432/C5BW33" in attribution
    assert "CC BY 4.0" in attribution


async def _run(
    agent: RetentionAgent, known: Customer, customer: DemoCustomer, step: DemoStep, now: datetime
) -> Customer:
    webhooks = step.action(customer, now) if step.action else ()
    for event in await events_of(webhooks, customer):
        known = agent.check_state_transitions(known, now, event).customer
    if step.churn_check:
        check = ChurnChecked(event_id="story:check", customer_email=customer.email, occurred_at=now)
        known = agent.check_state_transitions(known, now, check).customer
    return known
