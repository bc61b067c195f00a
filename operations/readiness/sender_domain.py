"""The DNS records of the sender's domain that receivers check: SPF, DKIM and DMARC."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from dns.asyncresolver import Resolver

from operations.readiness.finding import Finding, amber, green, red
from operations.readiness.local_mail import MAIL_IS_LOCAL, mail_is_local
from operations.readiness.shop import is_example, sender_domain
from operations.readiness.txt_records import TIMEOUT_SECONDS, TxtRecords, UnknownRecords, txt_records
from settings import Settings

SENDS_THROUGH = {"resend": "amazonses.com", "ses": "amazonses.com"}
"""What the SPF record has to include, by the scheme of EMAIL_URL."""

LATER = "try again later, or look it up by hand"
NO_SELECTOR = UnknownRecords("DKIM_SELECTOR is not set")


@dataclass(frozen=True)
class SenderDomain:
    """The names that may have the records of each kind, the most likely first."""

    domain: str
    scheme: str
    spf: tuple[str, ...]
    dkim: tuple[str, ...]
    dmarc: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> "SenderDomain | None":
        """The domain of EMAIL_FROM; None when mail stays on this machine, or for an example domain."""
        domain = sender_domain(settings)
        if mail_is_local(settings) or is_example(domain):
            return None
        scheme = urlsplit(settings.email_url or "").scheme
        # Resend sends from a subdomain, and signs with its own selector.
        selector = settings.dkim_selector or ("resend" if scheme == "resend" else None)
        labels = domain.split(".")
        return cls(
            domain=domain,
            scheme=scheme,
            spf=(f"send.{domain}", domain) if scheme == "resend" else (domain,),
            dkim=(f"{selector}._domainkey.{domain}",) if selector else (),
            dmarc=tuple(f"_dmarc.{'.'.join(labels[start:])}" for start in range(len(labels) - 1)),
        )


async def look_up(
    name_servers: Resolver, sender: SenderDomain, *, timeout_seconds: float = TIMEOUT_SECONDS
) -> dict[str, TxtRecords]:
    """The TXT records of all relevant names."""
    names = [*sender.spf, *sender.dkim, *sender.dmarc]
    found = await asyncio.gather(*(txt_records(name_servers, name, timeout_seconds=timeout_seconds) for name in names))
    return dict(zip(names, found, strict=True))


def check_sender_domain(settings: Settings, records: Mapping[str, TxtRecords]) -> list[Finding]:
    """The findings on SPF, DKIM and DMARC."""
    sender = SenderDomain.of(settings)
    if sender is not None:
        return [_spf(sender, records), _dkim(sender, records), _dmarc(sender, records)]
    names = ("SPF", "DKIM", "DMARC")
    if mail_is_local(settings):
        return [green(name, MAIL_IS_LOCAL) for name in names]
    return [amber(name, "unknown: EMAIL_FROM is at an example domain", "set EMAIL_FROM first") for name in names]


def _spf(sender: SenderDomain, records: Mapping[str, TxtRecords]) -> Finding:
    name, included = "SPF", SENDS_THROUGH.get(sender.scheme)
    found = _first(records, sender.spf, "v=spf1")
    wanted = f"include:{included}" if included else "…"
    if isinstance(found, UnknownRecords):
        return amber(name, f"unknown: {found.reason}", LATER)
    if not found:
        to_do = f"give {sender.spf[0]} a TXT record `v=spf1 {wanted} ~all` that lists its senders"
        # By default SES sends from its own domain, which has a record.
        missing = amber if sender.scheme == "ses" else red
        return missing(name, f"{sender.domain} has no SPF record", to_do)
    if len(found) > 1:
        return red(
            name, f"{sender.domain} has {len(found)} SPF records", "merge them into one: receivers reject several"
        )
    if included and included not in found[0]:
        return amber(name, f"the record does not include {included}", f"add include:{included} to it")
    return green(name, "the record is there")


def _dkim(sender: SenderDomain, records: Mapping[str, TxtRecords]) -> Finding:
    name = "DKIM"
    if not sender.dkim:
        return amber(name, f"unknown: {NO_SELECTOR.reason}", "set it to the provider's selector")
    found = _first(records, sender.dkim, "", having="p=")
    if isinstance(found, UnknownRecords):
        return amber(name, f"unknown: {found.reason}", LATER)
    if not found:
        return red(name, f"{sender.dkim[0]} has no key", "add the TXT record that the provider shows")
    if not _tag(found[0], "p"):
        return red(name, f"the key at {sender.dkim[0]} is revoked", "put the provider's current key there")
    return green(name, "the key is there")


def _dmarc(sender: SenderDomain, records: Mapping[str, TxtRecords]) -> Finding:
    name = "DMARC"
    found = _first(records, sender.dmarc, "v=DMARC1")
    if isinstance(found, UnknownRecords):
        return amber(name, f"unknown: {found.reason}", LATER)
    if not found:
        return red(name, f"{sender.domain} has no policy", f"give {sender.dmarc[0]} a TXT record `v=DMARC1; p=none`")
    return green(name, f"the policy is {_tag(found[0], 'p') or 'none'}")


def _first(records: Mapping[str, TxtRecords], names: tuple[str, ...], beginning: str, having: str = "") -> TxtRecords:
    """The records of one kind at the first name that has any; unknown when an earlier name gave no answer."""
    for name in names:
        found = records.get(name, UnknownRecords("was not asked"))
        if isinstance(found, UnknownRecords):
            return found
        if matching := tuple(text for text in found if text.lower().startswith(beginning.lower()) and having in text):
            return matching
    return ()


def _tag(record: str, name: str) -> str:
    for part in record.split(";"):
        key, _, value = part.partition("=")
        if key.strip() == name:
            return value.strip()
    return ""
