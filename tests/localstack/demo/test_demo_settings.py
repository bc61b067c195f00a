"""The demo's settings: the shop's own servers and values are not used."""

from decimal import Decimal
from pathlib import Path

from localstack.demo.demo_settings import demo_settings
from settings import Settings


def test_servers_and_values_of_the_shop_are_not_used(tmp_path: Path) -> None:
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
    settings = demo_settings(shop, tmp_path)
    assert settings.database_url is None
    assert settings.email_url is None
    assert (settings.vip_threshold, settings.at_risk_days) == (Decimal("500.00"), 90)
    assert (settings.shop_name, settings.smtp_port) == ("Pots & Pans", 2525)
    assert settings.public_url == Settings.model_fields["public_url"].default
    assert (settings.sms_outbox, settings.export_directory) == (tmp_path / "sms", tmp_path / "exports")


def test_a_worker_gets_the_defaults(tmp_path: Path) -> None:
    environment = demo_settings(Settings(_env_file=None), tmp_path).environment()
    assert environment["VIP_THRESHOLD"] == "500.00"
    assert environment["CHURN_DAYS"] == "180"
