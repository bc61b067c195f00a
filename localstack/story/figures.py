"""The settings that the story is played with, whatever the shop has set for itself."""

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
"""Set back to their defaults: a demo touches no server of the shop's own, and its story counts on these figures."""


def story_settings(given: Settings, directory: Path) -> Settings:
    """`given` with everything at its default that the story depends on, and its files in `directory`."""
    defaults = {name: Settings.model_fields[name].default for name in FIXED}
    files = {"data_directory": directory, "sms_outbox": directory / "sms", "export_directory": directory / "exports"}
    return given.model_copy(update={**defaults, **files})
