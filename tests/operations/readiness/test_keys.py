"""The secrets behind ids, links and payloads."""

from pydantic import SecretStr

from operations.readiness.finding import Finding, Light
from operations.readiness.keys import check_keys
from tests.operations.readiness.conftest import development, real_shop

KEYS = SecretStr("k1:" + "A" * 43 + "=")


def light(findings: list[Finding], name: str) -> Light:
    """The light of one."""
    return next(found.light for found in findings if found.name == name)


def test_keys() -> None:
    real = check_keys(real_shop())
    assert [found.light for found in real] == [Light.GREEN, Light.GREEN, Light.AMBER]
    assert light(check_keys(real_shop(identity_key=None)), "identity key") is Light.RED
    assert light(check_keys(real_shop(identity_key=None)), "link keys") is Light.RED
    assert light(check_keys(real_shop(identity_key=SecretStr("0123456789abcdef"))), "identity key") is Light.AMBER
    assert light(check_keys(real_shop(payload_keys=KEYS)), "payload keys") is Light.GREEN
    assert {found.light for found in check_keys(development())} == {Light.GREEN}
