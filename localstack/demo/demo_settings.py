"""The settings of the demo, independent of the shop's own."""

from pathlib import Path

from settings import Settings

FIXED = (
    "database_url",
    "database_admin_url",
    "identity_key",
    "email_url",
    "public_url",
    "currency",
    "consent_default",
    "double_opt_in",
    "marketing_per_day",
    "marketing_per_week",
    "quiet_hours",
    "shop_time_zone",
    "recipient_allow_list",
    "vip_threshold",
    "cart_timeout_hours",
    "check_days",
    "at_risk_days",
    "churn_days",
    "service_skus",
    "task_queue",
)
"""Reset to their defaults: the demo must not use the shop's own servers, and its scenario depends on these values."""


def demo_settings(given: Settings, directory: Path) -> Settings:
    """`given` with the defaults of all settings that the scenario depends on, and with its files in `directory`."""
    defaults = {name: Settings.model_fields[name].default for name in FIXED}
    files = {"data_directory": directory, "sms_outbox": directory / "sms", "export_directory": directory / "exports"}
    return given.model_copy(update={**defaults, **files})
