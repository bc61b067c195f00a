"""The story's settings: a shop's own servers are never touched, its own figures do not spoil the story."""

from decimal import Decimal
from pathlib import Path

from localstack.story.figures import story_settings
from settings import Settings


def test_servers_and_figures_of_the_shop_are_left_out(tmp_path: Path) -> None:
    shop = Settings(
        _env_file=None,
        database_url="postgresql://shop@db.example/shop",
        email_url="smtp://mail.example",
        vip_threshold=Decimal(9000),
        at_risk_days=30,
        public_url="https://events.shop.example",
        shop_name="Pots & Pans",
        smtp_port=2525,
    )
    played = story_settings(shop, tmp_path)
    assert played.database_url is None
    assert played.email_url is None
    assert (played.vip_threshold, played.at_risk_days) == (Decimal("500.00"), 90)
    assert (played.shop_name, played.smtp_port) == ("Pots & Pans", 2525)
    assert played.public_url == Settings.model_fields["public_url"].default
    assert (played.sms_outbox, played.export_directory) == (tmp_path / "sms", tmp_path / "exports")


def test_a_worker_gets_the_figures_whatever_its_environment_says(tmp_path: Path) -> None:
    environment = story_settings(Settings(_env_file=None), tmp_path).environment()
    assert environment["VIP_THRESHOLD"] == "500.00"
    assert environment["CHURN_DAYS"] == "180"
