"""SPF, DKIM and DMARC, as a real name server answers."""

from typing import Any

import pytest

from operations.readiness.finding import Finding, Light
from operations.readiness.sender_domain import SenderDomain, check_sender_domain, look_up
from operations.readiness.txt_records import TIMEOUT_SECONDS
from tests.operations.readiness.conftest import NameServer, development, real_shop

DKIM_NAME = "s1._domainkey.ironworks.io"
GOOD = {
    "ironworks.io": ["google-site-verification=1", "v=spf1 include:_spf.mail.example ~all"],
    DKIM_NAME: ["v=DKIM1; k=rsa; |p=MIGfMA0G|CSqGSIb3"],
    "_dmarc.ironworks.io": ["v=DMARC1; p=quarantine"],
}
RESEND: dict[str, Any] = {"email_url": "resend://", "dkim_selector": None}


async def lights(
    server: NameServer, *, timeout_seconds: float = TIMEOUT_SECONDS, **settings: Any
) -> dict[str, Finding]:
    """The findings for this shop, by name."""
    shop = real_shop(**{"dkim_selector": "s1", **settings})
    sender = SenderDomain.of(shop)
    assert sender
    found = check_sender_domain(shop, await look_up(server.resolver(), sender, timeout_seconds=timeout_seconds))
    return {finding.name: finding for finding in found}


async def test_a_domain_that_is_set_up_is_green(name_server: NameServer) -> None:
    name_server.records = {**GOOD}
    found = await lights(name_server)
    assert [finding.light for finding in found.values()] == [Light.GREEN] * 3
    assert found["DMARC"].saw == "the policy is quarantine"


async def test_a_domain_without_records_is_red_and_says_what_is_missing(name_server: NameServer) -> None:
    found = await lights(name_server)
    assert [finding.light for finding in found.values()] == [Light.RED] * 3
    assert found["SPF"].to_do == "give ironworks.io a TXT record `v=spf1 … ~all` that lists its senders"
    assert found["DMARC"].to_do == "give _dmarc.ironworks.io a TXT record `v=DMARC1; p=none`"


@pytest.mark.parametrize("silent", list(GOOD))
async def test_silence_is_amber_and_never_an_error(name_server: NameServer, silent: str) -> None:
    name_server.records = {**GOOD, silent: None}
    found = await lights(name_server, timeout_seconds=1)
    assert [finding.saw for finding in found.values() if finding.light is Light.AMBER] == [
        "unknown: no name server answered in time"
    ]


async def test_a_name_server_that_fails_is_amber(name_server: NameServer) -> None:
    name_server.records = {**GOOD}
    name_server.fails = {"ironworks.io"}
    assert (await lights(name_server))["SPF"].light is Light.AMBER


async def test_several_spf_records_are_red(name_server: NameServer) -> None:
    name_server.records = {**GOOD, "ironworks.io": ["v=spf1 ~all", "v=spf1 a ~all"]}
    assert (await lights(name_server))["SPF"].light is Light.RED


@pytest.mark.parametrize(
    ("scheme", "records", "light"),
    [
        ("resend://", {"send.ironworks.io": ["v=spf1 include:amazonses.com ~all"]}, Light.GREEN),
        ("resend://", {"ironworks.io": ["v=spf1 include:amazonses.com ~all"]}, Light.GREEN),
        ("resend://", {"ironworks.io": ["v=spf1 include:_spf.mail.example ~all"]}, Light.AMBER),
        ("resend://", {}, Light.RED),
        ("ses://eu-west-1", {"ironworks.io": ["v=spf1 include:amazonses.com ~all"]}, Light.GREEN),
        ("ses://eu-west-1", {}, Light.AMBER),
    ],
)
async def test_the_record_includes_the_provider_that_is_known(
    name_server: NameServer, scheme: str, records: dict[str, list[str] | None], light: Light
) -> None:
    name_server.records = records
    assert (await lights(name_server, email_url=scheme))["SPF"].light is light


async def test_a_selector_that_is_not_set_is_unknown_except_for_resend(name_server: NameServer) -> None:
    name_server.records = {"resend._domainkey.ironworks.io": ["p=MIGf"]}
    unknown = (await lights(name_server, dkim_selector=None))["DKIM"]
    assert (unknown.light, unknown.saw) == (Light.AMBER, "unknown: DKIM_SELECTOR is not set")
    assert (await lights(name_server, **RESEND))["DKIM"].light is Light.GREEN


async def test_a_revoked_key_is_red(name_server: NameServer) -> None:
    name_server.records = {DKIM_NAME: ["v=DKIM1; p="]}
    found = (await lights(name_server))["DKIM"]
    assert (found.light, found.saw) == (Light.RED, f"the key at {DKIM_NAME} is revoked")


async def test_a_subdomain_has_the_policy_of_its_parent(name_server: NameServer) -> None:
    name_server.records = {**GOOD}
    found = await lights(name_server, email_from="hello@news.ironworks.io")
    assert found["DMARC"].light is Light.GREEN


def test_nothing_is_asked_of_an_example_or_from_a_machine_that_keeps_its_mail() -> None:
    assert SenderDomain.of(real_shop(email_from="hello@shop.example")) is None
    assert {found.light for found in check_sender_domain(real_shop(email_from="a@shop.example"), {})} == {Light.AMBER}
    assert SenderDomain.of(development(email_from="hello@ironworks.io")) is None
    assert {found.light for found in check_sender_domain(development(), {})} == {Light.GREEN}
