"""The file that marketers write."""

from typing import Any

import pytest
import yaml

from lifecycle.campaign_file import InvalidCampaignFile, read_campaigns
from lifecycle.campaigns import Approval, Exit, Purpose, Repeat
from lifecycle.wording import Translation, Variant, Wording

CAMPAIGN: dict[str, Any] = {
    "slug": "win-back",
    "name": "Win-Back",
    "trigger_event": "ENTERED_STATE_AT_RISK",
    "channel": "EMAIL",
    "purpose": "marketing",
    "subject": "It has been a while",
    "body": "<p>Hello</p>",
}
STEPS = [{"subject": "One", "body": "1"}, {"delay_hours": 24, "subject": "Two", "preheader": "2", "body": "2"}]
TEXT: dict[str, Any] = {"channel": "SMS", "subject": None}


def read(*campaigns: dict[str, Any]) -> Any:
    return read_campaigns(yaml.safe_dump({"campaigns": list(campaigns)}))


def test_the_shorthand_is_one_step() -> None:
    [row] = read({**CAMPAIGN, "delay_hours": 5, "exit_on": ["purchase", "left_state", "purchase"]})
    assert (row.slug, row.step, row.delay_hours, row.expires_hours) == ("win-back", 1, 5, 72)
    assert (row.purpose, row.repeat, row.priority) == (Purpose.MARKETING, Repeat.ALWAYS, 100)
    assert row.exit_on == (Exit.LEFT_STATE, Exit.PURCHASE)
    assert row.wording == Wording("<p>Hello</p>", "It has been a while")


def test_steps_share_what_is_said_once() -> None:
    rest = {name: value for name, value in CAMPAIGN.items() if name not in {"subject", "body"}}
    first, second = read({**rest, "steps": STEPS, "conditions": {"min_value": 50, "countries": ["GB"]}})
    assert (first.step, second.step, second.delay_hours) == (1, 2, 24)
    assert second.wording == Wording("2", "Two", "2")
    assert first.conditions == second.conditions == {"min_value": "50", "countries": ["GB"]}


def test_whom_when_and_with_what() -> None:
    [plain] = read(CAMPAIGN)
    given = {
        "send_at_hour": 0,
        "holdout": 50,
        "coupon_pool": "spring-2026",
        "coupon_fallback": "SPRING_10-x",
        "prompt": "Write about {{ product.name }}.",
        "approval": "required",
    }
    [row] = read({**CAMPAIGN, **given})
    names = ("send_at_hour", "holdout", "coupon_pool", "coupon_fallback", "approval")
    assert [getattr(plain, name) for name in names] == [None, 0, None, None, Approval.NONE]
    assert [getattr(row, name) for name in names] == [0, 50, "spring-2026", "SPRING_10-x", Approval.REQUIRED]
    assert (plain.wording.prompt, row.wording.prompt) == (None, "Write about {{ product.name }}.")


@pytest.mark.parametrize("hour", [8, 20])
def test_a_text_message_may_have_an_hour_of_the_day(hour: int) -> None:
    [row] = read({**CAMPAIGN, **TEXT, "send_at_hour": hour})
    assert row.send_at_hour == hour


def test_languages_and_arms_belong_to_their_step() -> None:
    arms = [{"name": "A", "weight": 3}, {"name": "B", "subject": "Hi", "locales": {"de-AT": {"body": "Servus"}}}]
    step = {"subject": "Hello", "body": "1", "locales": {"de": {"subject": "Hallo"}}, "variants": arms}
    rest = {name: value for name, value in CAMPAIGN.items() if name not in {"subject", "body"}}
    first, second = read({**rest, "steps": [step, STEPS[1]]})
    assert first.wording.locales == {"de": Translation(subject="Hallo")}
    assert first.wording.variants == (
        Variant("A", 3),
        Variant("B", subject="Hi", locales={"de-AT": Translation(body="Servus")}),
    )
    assert (second.wording.locales, second.wording.variants) == ({}, ())
    [short] = read({**rest, **step})
    assert short.wording == first.wording


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"slug": "Win Back"}, "Win Back: slug: "),
        ({"slug": "x" * 65}, ": slug: "),
        ({"name": "x" * 101}, "win-back: name: "),
        ({"trigger_event": "ENTERED_STATE_NOWHERE"}, "win-back: trigger_event: "),
        ({"trigger_event": "CUSTOM:" + "x" * 44}, "win-back: trigger_event: "),
        ({"channel": "PIGEON"}, "win-back: channel: "),
        ({"purpose": "fun"}, "win-back: purpose: "),
        ({"repeat": "after_days"}, "win-back: repeat_after_days: goes with repeat: after_days"),
        ({"repeat_after_days": 3}, "win-back: repeat_after_days: goes with repeat: after_days"),
        ({"expires_hours": 0}, "win-back: expires_hours: "),
        ({"delay_hours": -1}, "win-back: steps.1.delay_hours: "),
        ({"subject": None}, "win-back: steps.1.subject: an e-mail needs one"),
        ({"channel": "SMS"}, "win-back: steps.1.subject: a text message has none"),
        ({"body": ""}, "win-back: steps.1.body: "),
        ({"discount": 10}, "win-back: discount: is not a field here"),
        ({"conditions": {"sku": ["A"]}}, "win-back: conditions.sku: is not a field here"),
        ({"exit_on": ["boredom"]}, "win-back: exit_on.1: "),
        ({"exit_on": ["cart_closed"]}, "win-back: exit_on: cart_closed never happens after ENTERED_STATE_AT_RISK"),
        ({"max_products": 3}, "win-back: max_products: is for ORDER_PAID only"),
        ({"steps": STEPS}, "win-back: body: is not a field here"),
        ({"send_at_hour": 24}, "win-back: send_at_hour: "),
        ({"send_at_hour": -1}, "win-back: send_at_hour: "),
        ({"send_at_hour": "ten"}, "win-back: send_at_hour: "),
        ({**TEXT, "send_at_hour": 7}, "win-back: send_at_hour: text messages go out from 8 to 21 o'clock"),
        ({**TEXT, "send_at_hour": 21}, "win-back: send_at_hour: text messages go out from 8 to 21 o'clock"),
        ({"send_at_hour": False}, "win-back: send_at_hour: must be a number"),
        ({"holdout": True}, "win-back: holdout: must be a number"),
        ({"subject": False}, "win-back: steps.1.subject: must be text; put it in quotes"),
        ({"holdout": 51}, "win-back: holdout: "),
        ({"holdout": -1}, "win-back: holdout: "),
        ({"holdout": 10, "purpose": "transactional"}, "win-back: holdout: is for marketing only"),
        ({"coupon_pool": "Spring 2026"}, "win-back: coupon_pool: "),
        ({"coupon_fallback": "SPRING"}, "win-back: coupon_fallback: goes with coupon_pool, and only with it"),
        ({"coupon_pool": "spring", "coupon_fallback": "10 % off"}, "win-back: coupon_fallback: "),
        ({"approval": "required"}, "win-back: approval: goes with prompt, and only with it"),
        ({"approval": "perhaps", "prompt": "Write"}, "win-back: approval: "),
        ({"prompt": ""}, "win-back: prompt: "),
        ({**TEXT, "prompt": "Write"}, "win-back: prompt: is for e-mail only"),
        ({"locales": {"German": {"subject": "Hallo"}}}, "win-back: steps.1.locales.German: must be a language"),
        ({"locales": {"de": {"subjekt": "Hallo"}}}, "win-back: steps.1.locales.de.subjekt: is not a field"),
        ({"locales": {"de": {"body": ""}}}, "win-back: steps.1.locales.de.body: "),
        ({**TEXT, "locales": {"de": {"subject": "Hallo"}}}, "win-back: steps.1.subject: a text message has none"),
        ({"variants": [{"name": "A"}]}, "win-back: steps.1: variants: need two or more"),
        ({"variants": [{"name": "A"}, {"name": "A"}]}, "win-back: steps.1: variants: need two or more"),
        ({"variants": [{"name": f"{n}"} for n in range(6)]}, "win-back: steps.1.variants: "),
        ({"variants": [{"name": "A"}, {"name": "B b"}]}, "win-back: steps.1.variants.2.name: "),
        ({"variants": [{"name": "A"}, {"name": "B", "weight": 0}]}, "win-back: steps.1.variants.2.weight: "),
        ({"variants": [{"name": "A"}, {"name": "B", "weight": 101}]}, "win-back: steps.1.variants.2.weight: "),
        ({"variants": [{"name": "A"}, {"name": "B", "body": ""}]}, "win-back: steps.1.variants.2.body: "),
        (
            {"variants": [{"name": "A"}, {"name": "B", "locales": {"de": {"text": "Hallo"}}}]},
            "win-back: steps.1.variants.2.locales.de.text: is not a field",
        ),
        (
            {**TEXT, "variants": [{"name": "A"}, {"name": "B", "subject": "Hello"}]},
            "win-back: steps.1.subject: a text message has none",
        ),
    ],
)
def test_a_problem_is_one_line_that_names_campaign_and_field(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidCampaignFile) as caught:
        read({**CAMPAIGN, **change})
    assert any(problem in line for line in caught.value.problems), caught.value.problems
    assert len(str(caught.value).splitlines()) == len(caught.value.problems)


def test_steps_that_are_wrong_are_not_said_to_be_too_few() -> None:
    with pytest.raises(InvalidCampaignFile) as caught:
        read({**CAMPAIGN, "subject": False})
    assert caught.value.problems == ["win-back: steps.1.subject: must be text; put it in quotes"]


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(InvalidCampaignFile) as caught:
        read({**CAMPAIGN, "channel": "X", "purpose": "Y"}, {**CAMPAIGN, "slug": "other", "priority": "high"})
    assert [problem.rpartition(": ")[0] for problem in caught.value.problems] == [
        "win-back: channel",
        "win-back: purpose",
        "other: priority",
    ]


def test_a_slug_stands_once() -> None:
    with pytest.raises(InvalidCampaignFile, match="win-back: slug: is used twice in the file"):
        read(CAMPAIGN, CAMPAIGN)


@pytest.mark.parametrize("text", ["", "[]", "campaigns: 3", "campaigns: []\nother: 1", "hello"])
def test_a_file_of_another_kind(text: str) -> None:
    with pytest.raises(InvalidCampaignFile, match="must hold one list named campaigns"):
        read_campaigns(text)


def test_a_campaign_that_is_no_mapping() -> None:
    with pytest.raises(InvalidCampaignFile, match="campaign 1: "):
        read_campaigns("campaigns: [hello]")
