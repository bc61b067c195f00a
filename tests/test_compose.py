"""docker-compose.yml, Dockerfile and .env.example against the settings class and the images' documentation."""

import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from temporalio.envconfig import ClientConfig

from intake.signals.dispatcher import DRAIN_SECONDS as SIGNALS_SECONDS
from settings import Settings, load_settings
from starter.gateway.serve import DRAIN_SECONDS as REQUESTS_SECONDS
from worker import GRACE

ROOT = Path(__file__).parents[1]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]

OURS = ("migrations", "worker", "gateway")
JOBS = ("temporal-schema", "temporal-namespace", "migrations")
SECRETS = {"POSTGRES_PASSWORD", "TEMPORAL_DATABASE_PASSWORD", "WORKER_DATABASE_PASSWORD", "IDENTITY_KEY"}
SECRET_NAME = re.compile("PASSWORD|PWD|KEY|TOKEN|SECRET")

OF_TEMPORAL = {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"}
"""Read by `temporalio.envconfig`, not by the settings."""

OF_MIGRATIONS = {"database_admin_url"}
OF_BOTO3 = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
"""Read by `boto3`, not by the settings."""

OF_EMBEDDED_SERVERS = {"temporal_binary", "temporal_port", "temporal_ui_port", "smtp_port"}
OF_SHOPS = {"shopify_secrets", "woocommerce_secrets", "stripe_secrets", "standard_webhook_secrets"}
OF_PROVIDERS = {"resend_webhook_secrets", "ses_topics"}
OF_GATEWAY = OF_SHOPS | OF_PROVIDERS | {"gateway_host", "gateway_port", "inbox_limit"}
"""Settings that are none of the worker's business."""

OF_BOTH = {
    *("database_url", "identity_key", "payload_keys", "link_keys", "task_queue"),
    *("public_url", "shop_name", "currency", "log_level", "twilio_auth_tokens", "tracking"),
}
"""What worker and gateway have to agree on."""

DOCUMENTED = {
    "postgres": {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"},
    "temporalio/admin-tools": {"SQL_PASSWORD"},
    "temporalio/server": {"DB", "DB_PORT", "POSTGRES_SEEDS", "POSTGRES_USER", "POSTGRES_PWD", "BIND_ON_IP"}
    | {"NUM_HISTORY_SHARDS", "DYNAMIC_CONFIG_FILE_PATH", "LOG_LEVEL"},
    "temporalio/ui": {"TEMPORAL_ADDRESS", "TEMPORAL_CORS_ORIGINS"},
    "axllent/mailpit": {"MP_MAX_MESSAGES"},
}
"""Of the official images' documented variables those that are used here."""

OF_OUR_SCRIPTS = {"postgres": {"TEMPORAL_PASSWORD"}}
"""What deploy/postgres/temporal.sql reads."""

PINNED = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+[\w.-]*")
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<operator>[-?])(?P<rest>[^}]*))?\}")
NEEDED = {
    service: {match["name"] for match in VARIABLE.finditer(yaml.safe_dump(definition, width=1000))}
    for service, definition in SERVICES.items()
}
"""By service, the variables that compose takes from `.env`."""

FILLED = dict.fromkeys(SECRETS, "0123456789abcdef")


def environment(service: str, variables: dict[str, str]) -> dict[str, str]:
    """The service's environment as compose makes it from `variables`."""

    def value(match: re.Match[str]) -> str:
        given = variables.get(match["name"], "")
        if not given and match["operator"] == "?":
            raise LookupError(match["name"])
        return given or (match["rest"] or "")

    return {name: VARIABLE.sub(value, raw) for name, raw in SERVICES[service].get("environment", {}).items()}


def example(**values: str) -> dict[str, str]:
    """`.env.example`, filled in with `values`."""
    pairs = (line.partition("=") for line in EXAMPLE.splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs} | values


def image_of(service: str) -> tuple[str, str]:
    """Name and tag of the image that a service runs."""
    name, _, tag = str(SERVICES[service]["image"]).rpartition(":")
    return name, tag


@pytest.fixture
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` and no variables but the test's own, as in a container."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("service", OURS)
def test_every_variable_of_ours_is_a_setting(service: str) -> None:
    known = {name.upper() for name in Settings.model_fields} | OF_TEMPORAL | OF_BOTO3
    assert SERVICES[service]["environment"].keys() - known == set()


def test_the_worker_is_told_every_setting_that_concerns_it() -> None:
    given = {name.lower() for name in SERVICES["worker"]["environment"].keys() - OF_BOTO3}
    assert Settings.model_fields.keys() - given == OF_MIGRATIONS | OF_EMBEDDED_SERVERS | OF_GATEWAY


def test_the_gateway_is_told_what_concerns_it_and_nothing_else() -> None:
    given = {name.lower() for name in SERVICES["gateway"]["environment"].keys() - OF_TEMPORAL}
    assert given == OF_GATEWAY | OF_BOTH


@pytest.mark.parametrize("name", sorted(OF_BOTH))
def test_worker_and_gateway_agree(name: str) -> None:
    worker, gateway = (SERVICES[service]["environment"][name.upper()] for service in ("worker", "gateway"))
    assert worker == gateway


def test_the_gateway_is_published_where_it_listens_and_where_its_links_lead(clean: None) -> None:
    given = environment("gateway", example(**FILLED))
    (published,) = SERVICES["gateway"]["ports"]
    assert (given["GATEWAY_HOST"], published.rpartition(":")[2]) == ("0.0.0.0", given["GATEWAY_PORT"])
    assert Settings.model_fields["public_url"].default == f"http://{published.rpartition(':')[0]}"


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("service", OURS)
def test_the_settings_class_takes_what_compose_gives(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(service, example(**FILLED)).items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.database_url == "postgresql+psycopg://retention_worker:0123456789abcdef@postgres:5432/retention"
    if service != "migrations":
        assert settings.database_admin_url is None
        assert settings.identity_key is not None
        assert settings.identity_key.get_secret_value() == "0123456789abcdef"
        assert (settings.payload_keys, settings.link_keys, settings.shopify_secrets) == (None, None, None)
        assert settings.email_url == ("smtp://mailpit:1025" if service == "worker" else None)
        # What the shop left empty has its default.
        assert settings.shop_name == Settings.model_fields["shop_name"].default


@pytest.mark.usefixtures("clean")
def test_what_the_shop_sets_reaches_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    given = example(**FILLED, SHOP_NAME="Smith & Daughters", CURRENCY="EUR", EMAIL_URL="smtps://mail.shop.example")
    for name, value in environment("worker", given).items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert (settings.shop_name, settings.currency) == ("Smith & Daughters", "EUR")
    assert settings.email_url == "smtps://mail.shop.example"


@pytest.mark.parametrize("service", OURS)
def test_ours_find_temporal(service: str) -> None:
    variables = environment(service, example(**FILLED))
    connection = ClientConfig.load_client_connect_config(disable_file=True, override_env_vars=variables)
    assert (connection["target_host"], connection["namespace"]) == ("temporal:7233", "default")


def test_only_the_gateway_knows_the_secrets_of_shops() -> None:
    secrets = {name.upper() for name in OF_SHOPS | OF_PROVIDERS}
    assert {name for name in SERVICES if secrets & NEEDED[name]} == {"gateway"}


def test_only_the_migrations_know_the_administrator() -> None:
    knowing = {name for name in SERVICES if "POSTGRES_PASSWORD" in NEEDED[name]}
    assert knowing == {"postgres", "migrations"}


@pytest.mark.parametrize("service", sorted(SERVICES.keys() - set(OURS)))
def test_official_images_get_documented_variables_alone(service: str) -> None:
    name, _ = image_of(service)
    allowed = DOCUMENTED[name] | OF_OUR_SCRIPTS.get(name, set())
    assert SERVICES[service].get("environment", {}).keys() - allowed == set()


@pytest.mark.parametrize("service", SERVICES)
def test_every_image_is_pinned_or_built_here(service: str) -> None:
    name, tag = image_of(service)
    if service in OURS:
        assert (SERVICES[service]["build"], name) == (".", "retention")
    else:
        assert PINNED.fullmatch(f"{name}:{tag}")


def test_temporal_and_its_tools_are_of_one_release() -> None:
    assert len({image_of(name)[1] for name in ("temporal", "temporal-schema", "temporal-namespace")}) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_published_on_this_machine_alone(service: str) -> None:
    published = SERVICES[service].get("ports", [])
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []
    assert "network_mode" not in SERVICES[service]


@pytest.mark.parametrize("service", SERVICES)
def test_what_keeps_running_says_how_it_is_and_jobs_run_once(service: str) -> None:
    if service in JOBS:
        assert SERVICES[service].get("restart", "no") == "no"
    else:
        assert SERVICES[service]["healthcheck"]["test"]
        assert SERVICES[service]["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_starts_before_what_it_needs(service: str) -> None:
    for needed, how in SERVICES[service].get("depends_on", {}).items():
        expected = "service_completed_successfully" if needed in JOBS else "service_healthy"
        assert how["condition"] == expected, needed


@pytest.mark.parametrize(
    ("service", "grace"), [("worker", GRACE), ("gateway", timedelta(seconds=REQUESTS_SECONDS + SIGNALS_SECONDS))]
)
def test_what_is_under_way_may_finish(service: str, grace: timedelta) -> None:
    assert timedelta(seconds=int(SERVICES[service]["stop_grace_period"].removesuffix("s"))) > grace


@pytest.mark.parametrize("service", SERVICES)
def test_no_container_gains_rights(service: str) -> None:
    assert SERVICES[service]["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in SERVICES[service]
    assert "cap_add" not in SERVICES[service]
    if service in OURS:
        assert SERVICES[service]["cap_drop"] == ["ALL"]
        assert SERVICES[service]["read_only"] is True


def test_the_example_has_every_variable_and_no_other() -> None:
    assert set().union(*NEEDED.values()) == example().keys()


def test_the_example_gives_no_value_away() -> None:
    assert {name: value for name, value in example().items() if value} == {}


@pytest.mark.parametrize("secret", sorted(SECRETS))
def test_a_missing_secret_is_an_error_and_not_a_default(secret: str) -> None:
    needing = [name for name in SERVICES if secret in NEEDED[name]]
    assert needing
    for service in needing:
        with pytest.raises(LookupError, match=secret):
            environment(service, example(**FILLED) | {secret: ""})


@pytest.mark.parametrize("service", SERVICES)
def test_no_secret_stands_in_the_file(service: str) -> None:
    for name, value in SERVICES[service].get("environment", {}).items():
        if SECRET_NAME.search(name):
            assert VARIABLE.fullmatch(value), name
        if "://" in value and "@" in value:
            assert VARIABLE.search(value), name


def test_the_image_is_pinned_hashed_and_runs_as_nobody() -> None:
    lines = DOCKERFILE.splitlines()
    assert [PINNED.fullmatch(line.split()[1]) is not None for line in lines if line.startswith("FROM ")] == [True]
    installs = [line for line in lines if "pip install" in line]
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["10001:10001"]
    assert lines.index("USER 10001:10001") > lines.index(installs[-1])
    assert lines[-1] == 'CMD ["python", "worker.py"]'


def test_the_image_holds_the_engine_and_nothing_else() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    packages = {f"{pattern.rstrip('*')}/" for pattern in tools["packages"]["find"]["include"]}
    modules = {f"{name}.py" for name in tools["py-modules"]}
    assert rules[0] == "*"
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == (
        packages | modules | {"client/", "README.md", "campaigns.yaml", "pyproject.toml", "requirements.lock"}
    )
