"""The account of sending notices each broken promise, and complains of nothing that was promised."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from lifecycle.campaigns import Purpose
from tests.chaos.resend_sink import ResendSink
from tests.chaos.sending_account import Row, account, account_of_provider
from tests.chaos.sink import Sink
from tests.chaos.smtp_sink import SmtpSink
from tests.chaos.windows import Death, Window

KEY, SUBJECT = "ab" * 32, "Offer 1"
OTHER_KEY = "cd" * 32
MARKETING, TRANSACTIONAL = Purpose.MARKETING, Purpose.TRANSACTIONAL
CELLS = [(kind, purpose) for kind in (ResendSink, SmtpSink) for purpose in Purpose]
LOST = {"lost"}
ASTRAY = {"  where none may rest"}
DOUBLED = {"arrived more than once"}


@pytest.fixture
async def sinks(tmp_path: Path) -> AsyncIterator[dict[type[Sink], Sink]]:
    """Providers that get no messages: a test says what arrived."""
    async with (
        ResendSink(tmp_path / "resend", Random(1), too_late=1) as resend,
        SmtpSink(tmp_path / "smtp", Random(1), too_late=1) as smtp,
    ):
        yield {ResendSink: resend, SmtpSink: smtp}


def broken(
    sink: Sink, purpose: Purpose, status: str, arrived: int, *, key: str = KEY, reason: str | None = None
) -> set[str]:
    """What the account of one message calls broken, after one death in each window when it had arrived twice."""
    for _ in range(arrived):
        sink.arrivals.add(key, SUBJECT, b"words")
    row = Row(KEY, status, reason, purpose, SUBJECT)
    deaths = [Death(purpose, window, KEY, arrived=2) for window in Window]
    findings = account(purpose, [row], sink, orders=1, deaths=deaths, wanted=1)
    return {finding.what for finding in findings if not finding.holds}


@pytest.mark.parametrize(("kind", "purpose"), CELLS)
def test_sent_and_arrived_once_is_well_everywhere(
    sinks: dict[type[Sink], Sink], kind: type[Sink], purpose: Purpose
) -> None:
    assert broken(sinks[kind], purpose, "SENT", 1) == set()


@pytest.mark.parametrize(("kind", "purpose"), CELLS)
def test_sent_that_never_arrived_is_lost_everywhere(
    sinks: dict[type[Sink], Sink], kind: type[Sink], purpose: Purpose
) -> None:
    assert broken(sinks[kind], purpose, "SENT", 0) == LOST | {"  though SENT"}


@pytest.mark.parametrize(("kind", "purpose"), CELLS)
def test_only_a_transactional_message_over_plain_smtp_may_arrive_twice(
    sinks: dict[type[Sink], Sink], kind: type[Sink], purpose: Purpose
) -> None:
    may = (kind, purpose) == (SmtpSink, TRANSACTIONAL)
    assert broken(sinks[kind], purpose, "SENT", 2) == (set() if may else DOUBLED)


@pytest.mark.parametrize(("kind", "purpose"), CELLS)
def test_only_a_marketing_message_over_plain_smtp_may_stay_unknown(
    sinks: dict[type[Sink], Sink], kind: type[Sink], purpose: Purpose
) -> None:
    may = (kind, purpose) == (SmtpSink, MARKETING)
    assert broken(sinks[kind], purpose, "UNKNOWN", 0, reason="no answer") == (set() if may else LOST | ASTRAY)


def test_unknown_without_a_reason_is_not_visible(sinks: dict[type[Sink], Sink]) -> None:
    assert broken(sinks[SmtpSink], MARKETING, "UNKNOWN", 1) == {"  UNKNOWN, visible"}


@pytest.mark.parametrize("status", ["PLANNED", "CLAIMED", "FAILED", "SKIPPED"])
@pytest.mark.parametrize(("kind", "purpose"), CELLS)
def test_nothing_may_rest_on_its_way(
    sinks: dict[type[Sink], Sink], kind: type[Sink], purpose: Purpose, status: str
) -> None:
    assert broken(sinks[kind], purpose, status, 1) == ASTRAY


def test_the_second_arrival_has_to_have_the_same_message_id(sinks: dict[type[Sink], Sink]) -> None:
    sinks[SmtpSink].arrivals.add(OTHER_KEY, SUBJECT, b"words")
    assert broken(sinks[SmtpSink], TRANSACTIONAL, "SENT", 1) == {"  under another key"}


def test_the_second_arrival_has_to_have_the_same_words(sinks: dict[type[Sink], Sink]) -> None:
    sinks[SmtpSink].arrivals.add(KEY, SUBJECT, b"other words")
    assert broken(sinks[SmtpSink], TRANSACTIONAL, "SENT", 1) == {"  in other words"}


def test_what_was_marked_is_not_sent_again(sinks: dict[type[Sink], Sink]) -> None:
    assert broken(sinks[SmtpSink], TRANSACTIONAL, "SENT", 3) == {"  after the mark"}


def test_a_key_of_no_message_is_noticed(sinks: dict[type[Sink], Sink]) -> None:
    assert broken(sinks[ResendSink], MARKETING, "SENT", 1, key=OTHER_KEY) == LOST | {"  though SENT"}
    sinks[ResendSink].asked_again = 1
    row = Row(KEY, "SENT", None, MARKETING, SUBJECT)
    assert [f.what for f in account_of_provider([row], sinks[ResendSink]) if not f.holds] == ["  of no message"]


def test_a_window_without_its_deaths_proves_nothing(sinks: dict[type[Sink], Sink]) -> None:
    findings = account(MARKETING, [], sinks[ResendSink], orders=0, deaths=[], wanted=1)
    assert {f"killed {window}" for window in Window} <= {finding.what for finding in findings if not finding.holds}
