"""Settings: what is taken, what is refused, and that no secret shows."""

import ast
import base64
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

import setting_types
import settings as settings_module
from settings import Settings, SettingsError, load_settings, split_secrets

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.b64encode(bytes(32)).decode()
OF_SENDERS = (
    "SHOPIFY_SECRETS",
    "WOOCOMMERCE_SECRETS",
    "STRIPE_SECRETS",
    "STANDARD_WEBHOOK_SECRETS",
    "TWILIO_AUTH_TOKENS",
)

ABOVE = {"lifecycle", "db", "activities", "workflows", "intake", "operations", "localstack", "starter", "worker"}


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` and no variables but the test's own."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_nothing_has_to_be_set() -> None:
    settings = load_settings()
    assert (settings.database_url, settings.email_url, settings.identity_key) == (None, None, None)
    assert settings.payload_keys_by_id() == {}
    policy = settings.policy()
    assert policy.vip_threshold == Decimal(500)
    assert (policy.cart_timeout, policy.check_after) == (timedelta(hours=1), timedelta(days=60))
    assert (policy.at_risk_after, policy.churned_after) == (timedelta(days=90), timedelta(days=180))
    assert {"POST", "BANK CHARGES"} < policy.service_skus


def test_every_setting_describes_itself_for_the_readme() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_values_come_from_the_environment_and_the_file_and_others_are_tolerated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("SHOP_NAME=Smith & Daughters\nCURRENCY=eur\nUNKNOWN=1\nEMAIL_URL=\n")
    monkeypatch.setenv("CURRENCY", "gbp")
    monkeypatch.setenv("SERVICE_SKUS", "POST, GIFT WRAP,")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:7233")
    settings = load_settings()
    assert settings.shop_name == "Smith & Daughters"
    assert settings.currency == "GBP"
    assert settings.service_skus == ("POST", "GIFT WRAP")
    assert settings.email_url is None


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_database_url_names_its_driver(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://worker@db/retention")
    assert load_settings().database_url == "postgresql+psycopg://worker@db/retention"


def test_payload_keys_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYLOAD_KEYS", f"new:{KEY}, old:{OTHER_KEY}")
    assert list(load_settings().payload_keys_by_id().items()) == [("new", bytes(range(32))), ("old", bytes(32))]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("DATABASE_URL", "mysql://root:hunter2@db/retention", "must be a URL that begins with postgresql://"),
        ("IDENTITY_KEY", "hunter2", "must have at least 16 characters"),
        ("PAYLOAD_KEYS", "hunter2", "key 1 needs a unique id"),
        ("PAYLOAD_KEYS", f"a:{KEY},b:hunter2", "key 2 is not base64"),
        ("PAYLOAD_KEYS", f"a:{KEY},a:{OTHER_KEY}", "key 2 needs a unique id"),
        ("PAYLOAD_KEYS", KEY, "key 1 needs a unique id"),
        ("PAYLOAD_KEYS", "a:aHVudGVyMg==", "key 1 must be 32 bytes, not 7"),
        ("LINK_KEYS", f"a:{KEY},b:hunter2", "key 2 is not base64"),
        ("STANDARD_WEBHOOK_SECRETS", f"whsec_{KEY},whsec_hunter2!", "secret 2 is not base64 after whsec_"),
        ("GATEWAY_PORT", "0", "input should be greater than or equal to 1"),
        ("TRACKING", "hunter2", "input should be a valid boolean"),
        ("INBOX_LIMIT", "0", "input should be greater than or equal to 1"),
        ("INBOX_BODY_DAYS", "0", "input should be greater than 0"),
        ("EMAIL_URL", "http://user:hunter2@mail", "must be smtp://"),
        ("EMAIL_URL", "smtp://user:[hunter2]x@mail", "must be smtp://"),
        ("EMAIL_URL", "smtp://user:hunter2@mail:70000", "must be smtp://"),
        ("EMAIL_FROM", "hunter2", "must be an address"),
        ("EMAIL_FROM", "hunter2\nBcc: <a@b.example>", "must have no control characters"),
        ("SHOP_NAME", "hunter2\r", "must have no control characters"),
        ("SHOP_URL", "shop.hunter2", "must be http://host"),
        ("PUBLIC_URL", "http://:80", "must be http://host"),
        ("CURRENCY", "dollars", "string should match pattern"),
        ("CONSENT_DEFAULT", "maybe", "input should be 'none' or 'granted'"),
        ("VIP_THRESHOLD", "0", "input should be greater than 0"),
        ("VIP_THRESHOLD", "NaN", "input should be"),
        ("CART_TIMEOUT_HOURS", "soon", "input should be a valid number"),
        ("CHURN_DAYS", "90", "must be more than AT_RISK_DAYS, which is 90"),
        ("DELIVERY_TIMEOUT_SECONDS", "600", "input should be less than or equal to 40"),
        ("METRICS_ADDRESS", "127.0.0.1", "must be host:port"),
        ("LOG_LEVEL", "loud", "input should be 'DEBUG'"),
        ("SMTP_PORT", "65536", "input should be less than or equal to 65535"),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_variable_and_not_the_value(
    name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    line = str(refused.value)
    assert line.startswith(f"{name}: {reason}")
    assert "\n" not in line
    assert "hunter2" not in line
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_several_secrets_are_good_while_one_is_rotated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPIFY_SECRETS", "newer, older,")
    settings = load_settings()
    assert split_secrets(settings.shopify_secrets) == ("newer", "older")
    assert split_secrets(settings.stripe_secrets) == ()


def test_link_keys_keep_their_order_and_the_made_one_stays_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_KEY", "hunter2-hunter2-hunter2")
    (made,) = load_settings().link_keys_by_id().values()
    monkeypatch.setenv("LINK_KEYS", f"new:{KEY},old:{OTHER_KEY}")
    assert list(load_settings().link_keys_by_id().values()) == [bytes(range(32)), bytes(32), made]


def test_without_link_keys_one_is_made_that_tells_nothing_of_the_identity_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="IDENTITY_KEY"):
        load_settings().link_keys_by_id()
    made = []
    for secret in ("hunter2-hunter2-hunter2", "hunter2-hunter2-hunter2", "hunter3-hunter3-hunter3"):
        monkeypatch.setenv("IDENTITY_KEY", secret)
        (key,) = load_settings().link_keys_by_id().values()
        assert len(key) == 32
        assert b"hunter" not in key
        made.append(key)
    assert made[0] == made[1] != made[2]


def test_all_bad_values_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PORT", "mail")
    monkeypatch.setenv("AT_RISK_DAYS", "0")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == ["AT_RISK_DAYS", "SMTP_PORT"]


def test_secrets_do_not_show_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_KEY", "hunter2-hunter2-hunter2")
    monkeypatch.setenv("PAYLOAD_KEYS", f"a:{KEY}")
    monkeypatch.setenv("DATABASE_URL", "postgresql://worker:hunter2@db/retention")
    monkeypatch.setenv("DATABASE_ADMIN_URL", "postgresql://admin:hunter2@db/retention")
    monkeypatch.setenv("EMAIL_URL", "smtp://user:hunter2@mail")
    monkeypatch.setenv("LINK_KEYS", f"a:{KEY}")
    for name in OF_SENDERS:
        monkeypatch.setenv(name, "hunter22")
    printed = repr(load_settings()) + str(load_settings())
    assert "hunter2" not in printed
    assert KEY not in printed


def test_a_child_process_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Settings.model_validate(
        {
            "identity_key": "hunter2-hunter2-hunter2",
            "payload_keys": f"a:{KEY}",
            "database_url": "postgresql://worker:hunter2@db/retention",
            "vip_threshold": "250.50",
            "service_skus": "POST,BANK CHARGES",
            "sms_outbox": "out/sms",
            "smtp_port": 2525,
            "shopify_secrets": "newer,older",
            "link_keys": f"a:{KEY}",
            "tracking": False,
        }
    )
    for name, value in given.environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings() == given


@pytest.mark.parametrize(("module", "allowed"), [(settings_module, {"lifecycle"}), (setting_types, set())])
def test_settings_know_nothing_above_them(module: ModuleType, allowed: set[str]) -> None:
    assert module.__file__
    imported = {
        node.module.split(".")[0]
        for node in ast.walk(ast.parse(Path(module.__file__).read_text()))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    assert imported & ABOVE == allowed
