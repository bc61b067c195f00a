"""People and machines among the readers of a message."""

from datetime import UTC, datetime, timedelta

import pytest

from lifecycle.machine_readers import TOO_SOON, Visit, has_program_name, is_machine

SENT = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
LATER = SENT + timedelta(hours=2)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.mark.parametrize(
    ("user_agent", "machine"),
    [
        (FIREFOX, False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)", False),
        ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", False),
        ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", False),
        ("Mozilla/5.0 (Linux; Android 14; CUBOT X90) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36", False),
        ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0; Pro)", False),
        ("", True),
        ("Mozilla/5.0", True),
        (" mozilla/5.0 ", True),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0",
            True,
        ),
        ("Barracuda Sentinel (EE)", True),
        ("Mimecast URL Protect", True),
        ("ProofpointURLDefense/1.0", True),
        ("curl/8.5.0", True),
        ("Wget/1.21", True),
        ("python-requests/2.32", True),
        ("Python/3.11 aiohttp/3.9", True),
        ("Go-http-client/2.0", True),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", True),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", True),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/131.0 Safari/537.36", True),
        ("Mozilla/5.0 (Windows NT 6.1) SkypeUriPreview Preview/0.5", True),
    ],
)
def test_who_gives_themselves_away(user_agent: str, machine: bool) -> None:
    assert has_program_name(user_agent) is machine


def judged(visit: Visit, *, method: str = "GET", others: tuple[Visit, ...] = ()) -> bool:
    return is_machine(visit, method=method, user_agent=FIREFOX, sent_at=SENT, others=others)


def test_people_have_methods_and_time() -> None:
    assert not judged(Visit("OPEN", LATER))
    assert judged(Visit("OPEN", LATER), method="HEAD")
    assert judged(Visit("OPEN", SENT + TOO_SOON - timedelta(milliseconds=1)))
    assert not judged(Visit("OPEN", SENT + TOO_SOON))
    assert judged(Visit("CLICK", SENT - timedelta(seconds=1), 0))


@pytest.mark.parametrize(
    ("other", "machine"),
    [
        (Visit("CLICK", LATER - timedelta(seconds=1), 1), True),
        (Visit("CLICK", LATER + timedelta(milliseconds=300), 1), True),
        (Visit("CLICK", LATER - timedelta(seconds=1.1), 1), False),
        (Visit("CLICK", LATER - timedelta(milliseconds=300), 0), False),
        (Visit("OPEN", LATER - timedelta(milliseconds=300)), False),
    ],
    ids=["a second before", "overtaken", "more than a second", "a double click", "opened and clicked"],
)
def test_a_person_follows_one_link_at_a_time(other: Visit, machine: bool) -> None:
    assert judged(Visit("CLICK", LATER, 0), others=(other,)) is machine
