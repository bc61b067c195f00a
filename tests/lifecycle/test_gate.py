"""The last question before a send: now, later, or never."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.campaigns import Campaign, CampaignStatus, Exit, Purpose
from lifecycle.gate import Recipient, Send, SendingRules, Skip, SuppressionReason, Verdict, Wait, backoff, decide

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MARKETING, TRANSACTIONAL = Purpose.MARKETING, Purpose.TRANSACTIONAL
NEWS = {
    "id": 1,
    "slug": "news",
    "step": 1,
    "name": "News",
    "trigger_event": "ORDER_PAID",
    "status": "live",
    "delay_hours": 0,
    "expires_hours": 48,
}
REACHABLE = Recipient("ada@example.com", consent=True, suppression=None, time_zone=None)


def verdict(
    recipient: Recipient = REACHABLE,
    *,
    channel: str = "EMAIL",
    purpose: Purpose = MARKETING,
    now: datetime = NOON,
    expires_in: timedelta = timedelta(days=2),
    happened: frozenset[Exit] = frozenset(),
    attempts: int = 0,
    consent_by_default: bool = False,
    **campaign: Any,
) -> Verdict:
    """The decision about a message of a live campaign to a customer who agreed; the arguments change that."""
    return decide(
        Campaign.model_validate({**NEWS, "channel": channel, "purpose": purpose, **campaign}),
        recipient,
        SendingRules(consent_by_default=consent_by_default),
        happened=happened,
        expires_at=now + expires_in,
        attempts=attempts,
        now=now,
    )


def asked(consent: bool | None, suppression: str | None = None) -> Recipient:
    """A recipient with this consent and suppression."""
    return Recipient("reachable", consent, suppression, None)


@pytest.mark.parametrize(
    ("channel", "purpose", "consent", "by_default", "expected"),
    [
        ("EMAIL", MARKETING, True, False, Send()),
        ("EMAIL", MARKETING, None, False, Skip("no consent")),
        ("EMAIL", MARKETING, None, True, Send()),
        ("EMAIL", MARKETING, False, True, Skip("consent withdrawn")),
        ("EMAIL", TRANSACTIONAL, None, False, Send()),
        ("EMAIL", TRANSACTIONAL, False, False, Send()),
        ("SMS", MARKETING, True, False, Send()),
        ("SMS", MARKETING, None, False, Skip("no consent")),
        ("SMS", MARKETING, False, True, Skip("consent withdrawn")),
        ("SMS", TRANSACTIONAL, None, False, Send()),
        ("SMS", TRANSACTIONAL, False, True, Skip("consent withdrawn")),
    ],
)
def test_consent(channel: str, purpose: Purpose, consent: bool | None, by_default: bool, expected: Verdict) -> None:
    assert verdict(asked(consent), channel=channel, purpose=purpose, consent_by_default=by_default) == expected


@pytest.mark.parametrize("purpose", [MARKETING, TRANSACTIONAL])
@pytest.mark.parametrize("suppression", list(SuppressionReason))
def test_a_suppressed_address_gets_nothing_but_what_it_did_not_unsubscribe_from(
    suppression: SuppressionReason, purpose: Purpose
) -> None:
    spared = suppression is SuppressionReason.UNSUBSCRIBE and purpose is TRANSACTIONAL
    expected = Send() if spared else Skip(f"suppressed: {suppression.value}")
    assert verdict(asked(True, suppression.value), purpose=purpose) == expected


@pytest.mark.parametrize("address", [None, ""])
def test_nobody_is_written_to_without_an_address(address: str | None) -> None:
    recipient = Recipient(address, consent=True, suppression=None, time_zone=None)
    assert verdict(recipient, purpose=TRANSACTIONAL) == Skip("no address on this channel")


class TestEnding:
    def test_what_happened_ends_a_message_that_says_so(self) -> None:
        happened = frozenset({Exit.PURCHASE, Exit.CART_CLOSED})
        assert verdict(happened=happened, exit_on=["purchase"]) == Skip("ended by purchase")
        assert verdict(happened=happened, exit_on=["cart_closed", "purchase"]) == Skip("ended by cart_closed")
        assert verdict(happened=happened, exit_on=["refund"]) == Send()
        assert verdict(happened=happened) == Send()

    @pytest.mark.parametrize("status", list(CampaignStatus))
    def test_a_message_expires_at_its_time(self, status: CampaignStatus) -> None:
        assert verdict(status=status, expires_in=timedelta()) == Skip("expired")

    def test_a_message_is_good_until_then(self) -> None:
        assert verdict(expires_in=timedelta(microseconds=1)) == Send()


class TestPaused:
    @pytest.mark.parametrize("status", [CampaignStatus.PAUSED, CampaignStatus.DRAFT])
    def test_a_campaign_that_is_not_live_waits(self, status: CampaignStatus) -> None:
        assert verdict(status=status) == Wait(NOON + timedelta(minutes=15), f"campaign is {status.value}")

    def test_in_growing_steps_of_at_most_a_day(self) -> None:
        assert [backoff(attempts) / timedelta(minutes=15) for attempts in range(9)] == [
            *(1, 2, 4, 8, 16, 32, 64, 96, 96)
        ]
        assert backoff(10_000) == timedelta(days=1)

    @given(st.integers(0, 50))
    def test_never_beyond_its_expiry(self, attempts: int) -> None:
        waiting = verdict(status="paused", attempts=attempts, expires_in=timedelta(hours=3))
        assert isinstance(waiting, Wait)
        assert NOON < waiting.until <= NOON + timedelta(hours=3)

    def test_whom_it_may_not_reach_it_does_not_wait_for(self) -> None:
        assert verdict(asked(None), status="paused") == Skip("no consent")


class TestQuietHours:
    @pytest.mark.parametrize(
        ("zone", "local", "opens"),
        [
            ("America/New_York", "2026-01-15T07:59:59", "2026-01-15T08:00"),
            ("America/New_York", "2026-01-15T21:00:00", "2026-01-16T08:00"),
            ("America/New_York", "2026-01-15T23:59:59", "2026-01-16T08:00"),
            ("America/New_York", "2026-07-15T00:00:00", "2026-07-15T08:00"),
            ("America/New_York", "2026-03-07T21:30:00", "2026-03-08T08:00"),
            ("America/New_York", "2026-03-08T01:59:59", "2026-03-08T08:00"),
            ("America/New_York", "2026-10-31T22:00:00", "2026-11-01T08:00"),
            ("America/New_York", "2026-11-01T01:30:00", "2026-11-01T08:00"),
            ("Asia/Kolkata", "2026-03-08T21:00:00", "2026-03-09T08:00"),
            ("Asia/Kolkata", "2026-11-01T07:30:00", "2026-11-01T08:00"),
            ("Asia/Kolkata", "2026-12-31T23:00:00", "2027-01-01T08:00"),
        ],
    )
    def test_wait_for_eight_in_the_morning_where_the_customer_is(self, zone: str, local: str, opens: str) -> None:
        now, until = (datetime.fromisoformat(time).replace(tzinfo=ZoneInfo(zone)) for time in (local, opens))
        assert text(now.astimezone(UTC), zone) == Wait(until.astimezone(UTC), "quiet hours")

    def test_last_shorter_or_longer_in_the_nights_when_clocks_change(self) -> None:
        nights = {
            "spring": datetime(2026, 3, 8, 2, tzinfo=UTC),
            "autumn": datetime(2026, 11, 1, 1, tzinfo=UTC),
            "plain": datetime(2026, 6, 2, 1, tzinfo=UTC),
        }
        waits = {night: text(nine_o_clock, "America/New_York") for night, nine_o_clock in nights.items()}
        hours = {night: wait.until - nights[night] for night, wait in waits.items() if isinstance(wait, Wait)}
        assert hours == {
            "spring": timedelta(hours=10),
            "autumn": timedelta(hours=12),
            "plain": timedelta(hours=11),
        }

    @pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
    @pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01", "2026-06-01"])
    @pytest.mark.parametrize("time", ["08:00:00", "20:59:59"])
    def test_are_over_by_day(self, zone: str, day: str, time: str) -> None:
        now = datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ZoneInfo(zone))
        assert text(now.astimezone(UTC), zone) == Send()

    def test_do_not_hold_an_e_mail(self) -> None:
        assert verdict(now=datetime(2026, 6, 1, 3, tzinfo=UTC)) == Send()

    @pytest.mark.parametrize(
        ("hours", "expected"), [(5, Skip("expires before it may be sent (quiet hours)")), (6, None)]
    )
    def test_end_a_message_that_would_not_outlive_them(self, hours: int, expected: Verdict | None) -> None:
        found = verdict(
            channel="SMS",
            now=datetime(2026, 6, 1, 3, tzinfo=UTC),
            expires_in=timedelta(hours=hours),
        )
        assert found == (expected or Wait(datetime(2026, 6, 1, 8, tzinfo=UTC), "quiet hours"))

    @pytest.mark.parametrize(
        "zone", [None, "", "Nowhere/Land", "America", "US", "zone.tab", "/etc/passwd", "\0", "X" * 64]
    )
    def test_are_those_of_utc_where_the_zone_is_not_known(self, zone: str | None) -> None:
        night = datetime(2026, 6, 1, 3, tzinfo=UTC)
        assert text(night, zone) == Wait(datetime(2026, 6, 1, 8, tzinfo=UTC), "quiet hours")

    @given(
        st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        st.sampled_from(["America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]),
    )
    def test_end_within_half_a_day_at_an_hour_that_is_fit(self, now: datetime, zone: str) -> None:
        match text(now, zone):
            case Wait(until):
                assert now < until <= now + timedelta(hours=12)
                assert (until.astimezone(ZoneInfo(zone)).hour, text(until, zone)) == (8, Send())
            case Send():
                assert 8 <= now.astimezone(ZoneInfo(zone)).hour < 21
            case other:
                pytest.fail(f"{other} on an ordinary day")


def text(now: datetime, zone: str | None) -> Verdict:
    """The decision about a text message to a customer in a time zone."""
    return verdict(Recipient("+15550100", consent=True, suppression=None, time_zone=zone), channel="SMS", now=now)
