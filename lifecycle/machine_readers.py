"""Who opened or clicked: a person, or a program that scans mail before any person reads it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

TOO_SOON = timedelta(seconds=10)
"""No person reads mail while its provider still scans it: a visit this soon after the send is a scanner's."""

AT_ONCE = timedelta(seconds=1)
"""Within this time a person follows one link, and a scanner several."""

PREFETCHERS = frozenset(
    {
        "",
        # Apple's Mail Privacy Protection loads every picture, read or not, and says no more than this.
        "mozilla/5.0",
        # Gmail, looking ahead. Its ordinary proxy (GoogleImageProxy, as YahooMailProxy for Yahoo) is not here: that
        # one loads a picture when a person opens the message, and all it hides is from where.
        "mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 (khtml, like gecko) chrome/42.0.2311.135 "
        "safari/537.36 edge/12.246 mozilla/5.0",
    }
)
"""Whole user agents, in lower case, of programs that fetch without a reader's request."""

SCANNERS = (
    *("barracuda", "mimecast", "proofpoint", "urldefense", "safelinks", "ironport", "fireeye", "forcepoint", "zscaler"),
    *(
        "fortimail",
        "symantec",
        "messagelabs",
        "sophos",
        "trendmicro",
        "trend micro",
        "mcafee",
        "kaspersky",
        "cloudmark",
    ),
)
"""Names of mail security products that do not pose as a browser."""

PROGRAMS = (
    *("curl/", "wget/", "python", "httpx", "aiohttp", "go-http-client", "okhttp", "libwww", "axios", "node-fetch"),
    *("java/", "ruby", "perl", "php/", "apache-httpclient", "amazon cloudfront", "headlesschrome", "phantomjs"),
    *("crawler", "spider", "scanner", "preview", "facebookexternalhit", "whatsapp"),
)
"""HTTP libraries, and programs that show previews of links."""

# A telephone called Cubot is a person's.
_MACHINE = re.compile("|".join([*map(re.escape, (*SCANNERS, *PROGRAMS)), r"(?<!cu)bot\b"]))


@dataclass(frozen=True)
class Visit:
    """A picture was loaded (`OPEN`), or link number `link` followed (`CLICK`)."""

    kind: Literal["OPEN", "CLICK"]
    at: datetime
    link: int | None = None


def is_machine(visit: Visit, *, method: str, user_agent: str, sent_at: datetime, others: Sequence[Visit]) -> bool:
    """Whether a visit to a message sent at `sent_at` was a machine's; `others` are visits to the same message."""
    return (
        method == "HEAD"
        or visit.at - sent_at < TOO_SOON
        or has_program_name(user_agent)
        or any(in_one_sweep(visit, other) for other in others)
    )


def has_program_name(user_agent: str) -> bool:
    """Return whether the user agent is a program's own."""
    name = user_agent.strip().lower()
    return name in PREFETCHERS or _MACHINE.search(name) is not None


def in_one_sweep(visit: Visit, other: Visit) -> bool:
    """Whether two visits follow different links so quickly that one machine follows them all."""
    return visit.kind == other.kind == "CLICK" and visit.link != other.link and abs(visit.at - other.at) <= AT_ONCE
