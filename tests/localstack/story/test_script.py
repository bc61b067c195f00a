"""The script: it shows every state, and what it expects is what the rules and the campaigns say."""

from datetime import UTC, date, datetime, time
from itertools import pairwise
from pathlib import Path

import pytest

from lifecycle.campaign_file import read_campaigns
from lifecycle.customer import Customer
from lifecycle.policy import Policy
from lifecycle.retention_agent import RetentionAgent
from lifecycle.states import State
from localstack.story.scene import Character, Scene
from localstack.story.script import GRACE, STORY
from localstack.story.stage import CAMPAIGNS
from retention_client.events import ChurnChecked
from tests.localstack.story.deliveries import told

FIRST_DAY = date(2026, 3, 1)
NOON = datetime.combine(FIRST_DAY, time(12), UTC)

characters = pytest.mark.parametrize("character", STORY, ids=[character.first_name for character in STORY])


def test_one_customer_goes_through_every_state() -> None:
    assert {scene.state for scene in GRACE.scenes} == set(State)


def test_the_characters_are_of_the_example_domain_and_told_apart() -> None:
    assert all(character.email.endswith("@example.com") for character in STORY)
    names = [(one.email, one.first_name, one.shopify_id) for one in STORY]
    assert [len(set(told_apart)) for told_apart in zip(*names, strict=True)] == [3, 3, 3]


@characters
def test_time_never_runs_backwards(character: Character) -> None:
    moments = [scene.begins(FIRST_DAY) or NOON for scene in character.scenes]
    assert all(earlier <= later for earlier, later in pairwise(moments))


@characters
async def test_the_rules_lead_to_the_states_of_the_script(character: Character) -> None:
    agent, customer, now = RetentionAgent(Policy()), Customer("C" * 26, character.email), NOON
    for scene in character.scenes:
        now = scene.begins(FIRST_DAY) or now
        customer = agent.check_state_transitions(customer, now).customer
        customer = await _happens(agent, customer, character, scene, now)
        assert customer.standing.state is scene.state, scene.told


@characters
def test_every_message_of_the_script_is_a_step_of_a_campaign(character: Character) -> None:
    steps = {(row.slug, row.step) for row in read_campaigns(CAMPAIGNS.read_text(encoding="utf-8"))}
    assert {(message.campaign, message.step) for message in character.messages} <= steps


def test_the_attribution_stands_beside_the_orders() -> None:
    attribution = (Path(CAMPAIGNS).parent / "localstack/story/data/README.md").read_text(encoding="utf-8")
    assert "10.24432/C5BW33" in attribution
    assert "CC BY 4.0" in attribution


async def _happens(
    agent: RetentionAgent, customer: Customer, character: Character, scene: Scene, now: datetime
) -> Customer:
    webhooks = scene.happens(character, now) if scene.happens else ()
    for event in await told(webhooks, character):
        customer = agent.check_state_transitions(customer, now, event).customer
    if scene.churn_check:
        check = ChurnChecked(event_id="story:check", customer_email=character.email, occurred_at=now)
        customer = agent.check_state_transitions(customer, now, check).customer
    return customer
