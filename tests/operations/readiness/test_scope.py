"""What a campaign needs to be examined."""

from lifecycle.campaign_file import CampaignRow
from lifecycle.campaigns import Purpose
from lifecycle.wording import Wording
from operations.readiness.scope import ReadinessScope


def test_a_campaign_is_examined_for_what_it_needs() -> None:
    def row(channel: str, purpose: Purpose, prompt: str | None = None) -> CampaignRow:
        wording = Wording("body", "subject", None, prompt, {}, ())
        return CampaignRow("a", "A", "ORDER_PAID", "SMS" if channel == "SMS" else "EMAIL", purpose, wording)

    receipt = ReadinessScope.of([row("EMAIL", Purpose.TRANSACTIONAL)])
    assert (receipt.email, receipt.sms, receipt.marketing, receipt.language_model) == (True, False, False, False)
    both = ReadinessScope.of([row("SMS", Purpose.MARKETING), row("EMAIL", Purpose.TRANSACTIONAL, "Write.")])
    assert (both.email, both.sms, both.marketing, both.language_model) == (True, True, True, True)
