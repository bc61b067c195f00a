"""The consent settings."""

from lifecycle.campaign_file import read_campaigns
from operations.readiness.consent import check_consent, check_double_opt_in
from operations.readiness.finding import Light
from tests.fixtures.stack import PROJECT
from tests.operations.readiness.conftest import development, real_shop


def test_consent() -> None:
    assert check_consent(real_shop()).light is Light.GREEN
    assert check_consent(real_shop(consent_default="granted")).light is Light.AMBER
    assert check_consent(development(consent_default="granted")).light is Light.AMBER


def test_a_consent_to_be_confirmed_has_to_be_asked_for() -> None:
    shipped = read_campaigns((PROJECT / "campaigns.yaml").read_text())
    others = [row for row in shipped if row.slug != "confirm-subscription"]
    assert check_double_opt_in(real_shop(), others).light is Light.GREEN
    assert check_double_opt_in(real_shop(double_opt_in=True), shipped).light is Light.GREEN
    assert check_double_opt_in(real_shop(double_opt_in=True), others).light is Light.AMBER
