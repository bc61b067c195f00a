"""`retention doctor`, and campaigns that go live when it finds nothing red."""

from pathlib import Path

import pytest

from localstack.stack.stack import Stack
from tests.fixtures.postgres import connect
from tests.starter.commands.conftest import Command

CAMPAIGN = """
campaigns:
  - {slug: lamp-offer, name: Offer, trigger_event: "CUSTOM:lamp", channel: EMAIL, purpose: marketing,
     subject: For you,
     body: "<p>{% if coupon %}{{ coupon.code }}{% endif %}</p>", coupon_pool: lamp}
  - {slug: lamp-news, name: News, trigger_event: "CUSTOM:lamp", channel: EMAIL, purpose: marketing,
     subject: For you, body: "<p>News.</p>"}
"""
EXPOSED = {"EMAIL_URL": "smtp://127.0.0.1:25", "PUBLIC_URL": "http://127.0.0.1:8080", "DRY_RUN": "true"}


@pytest.fixture
def lamp(quick: Command, tmp_path: Path) -> None:
    """Two campaigns, one of which has no codes to give."""
    (tmp_path / "lamp.yaml").write_text(CAMPAIGN)
    assert quick("campaign", "apply", "lamp.yaml").status == 0
    assert quick("campaign", "pause", "lamp-offer", "lamp-news").status == 0


def status(quick: Command, slug: str) -> tuple[str, bool, bool]:
    """A campaign's status, whether it is known since when it is live, and whether it was forced."""
    [row] = [row for row in quick("campaign", "list", "--json").json if row["slug"] == slug]
    return row["status"], row["live_since"] is not None, row["forced"]


def test_a_machine_for_trying_things_out_is_ready(quick: Command) -> None:
    findings = {found["name"]: found for found in quick("doctor", "--json").json}
    assert {found["light"] for found in findings.values()} == {"green"}
    assert findings["public address"]["saw"] == "mail stays on this machine"
    answer = quick("doctor")
    assert answer.status == 0
    assert answer.output.splitlines()[-1] == "Everything is ready."


def test_a_machine_that_reaches_others_is_held_to_everything(quick: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in EXPOSED.items():
        monkeypatch.setenv(name, value)
    answer = quick("doctor")
    assert answer.status == 1
    assert answer.output.splitlines()[-1].startswith("Not ready: ")
    assert "POSTAL_ADDRESS is the example" in answer.output
    assert "@" not in answer.output


def test_an_empty_environment_is_examined_without_a_traceback(alone: Command) -> None:
    answer = alone("doctor")
    assert (answer.status, answer.error) == (1, "")
    assert "DATABASE_URL is not set" in answer.output
    assert "IDENTITY_KEY is not set" in answer.output


def test_a_campaign_that_is_not_ready_stays_what_it_is(quick: Command, lamp: None, stack: Stack) -> None:
    refused = quick("campaign", "start", "lamp-news", "lamp-offer")
    assert refused.status == 1
    assert refused.error == "not started: 1 to fix first; `--force` starts anyway, and is recorded\n"
    assert "there is no pool lamp" in refused.output
    assert "retention coupon import lamp FILE.csv" in refused.output
    assert status(quick, "lamp-news") == status(quick, "lamp-offer") == ("paused", False, False)

    assert quick("campaign", "start", "lamp-news").output == "lamp-news is live\n"
    assert status(quick, "lamp-news") == ("live", True, False)
    forced = quick("campaign", "start", "lamp-offer", "--force", "--json").json
    assert (forced["is_live"], forced["forced"]) == (True, True)
    assert [(found["name"], found["light"]) for found in forced["findings"]] == [("coupons", "red")]
    assert status(quick, "lamp-offer") == ("live", True, True)
    assert ", forced" in quick("campaign", "list").output
    assert quick("campaign", "pause", "lamp-offer").status == 0
    assert status(quick, "lamp-offer") == ("paused", False, False)

    assert stack.settings.database_url
    with connect(stack.settings.database_url) as connection:
        recorded = connection.execute(
            "SELECT slug, forced, findings -> 0 ->> 'name' FROM campaign_starts WHERE slug LIKE 'lamp-%' ORDER BY id"
        ).fetchall()
    assert recorded[-2:] == [("lamp-news", False, None), ("lamp-offer", True, "coupons")]


def test_an_amber_finding_is_shown_and_does_not_prevent_the_start(
    quick: Command, lamp: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSENT_DEFAULT", "granted")
    started = quick("campaign", "start", "lamp-news")
    assert (started.status, started.output.splitlines()[-1]) == (0, "lamp-news is live")
    assert "customers without a statement get marketing, too" in started.output


def test_a_real_shop_is_not_started_before_it_is_ready(
    quick: Command, lamp: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in EXPOSED.items():
        monkeypatch.setenv(name, value)
    refused = quick("campaign", "start", "lamp-news", "--json")
    assert refused.status == 1
    assert refused.error.startswith("not started: ")
    assert status(quick, "lamp-news")[0] == "paused"
