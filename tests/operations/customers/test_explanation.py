"""Campaigns explained for a customer, from rows alone."""

from db.campaigns.campaigns import StoredCampaign
from db.customers.records import CustomerRecord
from lifecycle.campaign_file import CampaignRow
from lifecycle.campaigns import CampaignStatus, Purpose
from lifecycle.messages import MessageStatus
from lifecycle.wording import Wording
from operations.customers.explanation import explain_campaigns
from operations.customers.message_explanation import OUTCOMES
from tests.operations.customers.records import message, ordered, record, step


def campaign(trigger: str, status: CampaignStatus = CampaignStatus.LIVE, **conditions: object) -> StoredCampaign:
    """The campaign `news`."""
    row = CampaignRow(
        slug="news",
        name="News",
        trigger_event=trigger,
        channel="EMAIL",
        purpose=Purpose.MARKETING,
        wording=Wording("<p>News</p>", "News"),
        conditions=conditions,
    )
    return StoredCampaign(1, status, row)


def why_none(customer: CustomerRecord, found: StoredCampaign) -> str | None:
    """Why the customer did not get the campaign."""
    [explained] = explain_campaigns(customer, [found])
    return explained.why_none


def test_every_status_has_words() -> None:
    assert OUTCOMES.keys() == set(MessageStatus)


def test_a_message_has_its_reason() -> None:
    [explained] = explain_campaigns(
        record(messages=(message(MessageStatus.PLANNED, "quiet hours"),)), [campaign("ORDER_PAID")]
    )
    assert explained.why_none is None
    assert [found.why for found in explained.messages] == ["is planned for later: quiet hours"]


def test_why_a_campaign_sent_nothing() -> None:
    once = record(events=(ordered(),))
    never = "its trigger, CUSTOM:shipped, never occurred for this customer"
    assert why_none(once, campaign("CUSTOM:shipped")) == never
    draft = why_none(once, campaign("CUSTOM:shipped", CampaignStatus.DRAFT))
    assert draft == f"{never}; besides, it is a draft, and drafts send nothing"
    draft = why_none(once, campaign("ORDER_PAID", CampaignStatus.DRAFT))
    assert draft == "it is a draft, and drafts send nothing; its trigger last occurred on 2026-11-22"
    unmet = why_none(once, campaign("ORDER_PAID", min_value="100"))
    assert unmet == "when its trigger last occurred, on 2026-11-22, its condition min_value was not met"
    late = why_none(once, campaign("ORDER_PAID", min_value="10"))
    assert late == "it was not live yet when its trigger last occurred, on 2026-11-22"
    assert why_none(once, campaign("CART_ABANDONED")) == "no message shows that a cart was abandoned"


def test_only_the_last_state_of_a_write_counts_as_entered() -> None:
    chain = record(events=(ordered(),), steps=(step("CUSTOMER", "REPEAT", "order-1"), step("REPEAT", "VIP", "order-1")))
    passed = why_none(chain, campaign("ENTERED_STATE_REPEAT"))
    assert passed == "the customer passed through REPEAT on the way to another state, which triggers nothing"
    unmet = why_none(chain, campaign("ENTERED_STATE_VIP", min_value="100"))
    assert unmet == "when its trigger last occurred, on 2026-11-22, its condition min_value was not met"


def test_only_the_campaign_asked_for_is_explained() -> None:
    assert explain_campaigns(record(), [campaign("ORDER_PAID")], slug="other") == []
