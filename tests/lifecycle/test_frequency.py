"""Frequency caps: whatever is asked, in whatever order, no day and no week of the customer's gets more than its cap."""

import heapq
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.customer import Customer
from lifecycle.frequency import MOST_REMEMBERED, NO_CAPS, Capped, Caps, check_caps
from lifecycle.local_time import MORNING

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Kiritimati"]
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
"""Two in the afternoon in Berlin, on a Monday."""

DAY = timedelta(days=1)

caps = st.builds(Caps, st.none() | st.integers(1, 3), st.none() | st.integers(1, 6))
moments = st.datetimes(datetime(2026, 3, 1), datetime(2026, 4, 10), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from(ZONES).map(ZoneInfo)


def at(text: str) -> datetime:
    """A moment in Berlin, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def sent_days(cap: Caps, asked: list[datetime], zone: ZoneInfo) -> list[date]:
    """The customer's days on which messages went out that were asked for, each put off as often as need be."""
    waiting, customer = list(asked), Customer("C", "c@example.com")
    heapq.heapify(waiting)
    days: list[date] = []
    while waiting:
        now = heapq.heappop(waiting)
        capped = check_caps(cap, customer.sent, now, zone)
        if capped is not None:
            assert capped.until > now
            heapq.heappush(waiting, capped.until)
            continue
        customer = customer.count_sent(now)
        days.append(now.astimezone(zone).date())
    return days


class TestWhateverIsAsked:
    @given(caps, st.lists(moments, max_size=25), zones)
    def test_no_day_and_no_seven_days_have_more_and_nothing_is_lost(
        self, cap: Caps, asked: list[datetime], zone: ZoneInfo
    ) -> None:
        days = sent_days(cap, asked, zone)
        assert len(days) == len(asked)
        for day in days:
            week = [other for other in days if day - timedelta(days=7) < other <= day]
            assert cap.per_day is None or days.count(day) <= cap.per_day
            assert cap.per_week is None or len(week) <= cap.per_week

    @given(caps, st.lists(moments, max_size=12), moments, zones)
    def test_the_slot_that_is_named_is_free_the_first_one_and_in_the_morning(
        self, cap: Caps, sent: list[datetime], now: datetime, zone: ZoneInfo
    ) -> None:
        sent = [moment for moment in sent if moment <= now]
        capped = check_caps(cap, sent, now, zone)
        if capped is None:
            return
        until = capped.until.astimezone(zone)
        assert check_caps(cap, sent, capped.until, zone) is None
        assert (until.time(), until.date() > now.astimezone(zone).date()) == (MORNING, True)
        between = (until.date() - now.astimezone(zone).date()).days
        for days in range(1, between):
            assert check_caps(cap, sent, capped.until - timedelta(days=days), zone) is not None

    @given(st.lists(moments, max_size=30), moments, zones)
    def test_without_caps_nothing_waits(self, sent: list[datetime], now: datetime, zone: ZoneInfo) -> None:
        assert check_caps(NO_CAPS, sent, now, zone) is None


class TestOneADay:
    CAP = Caps(per_day=1)

    def test_puts_the_second_off_to_the_next_morning(self) -> None:
        assert check_caps(self.CAP, [NOON], NOON, BERLIN) == Capped(at("2026-06-02T10:00"), "frequency cap: 1 a day")

    @pytest.mark.parametrize(("now", "free"), [("2026-06-01T23:59:59", False), ("2026-06-02T00:00", True)])
    def test_ends_at_the_customers_midnight(self, now: str, free: bool) -> None:
        assert (check_caps(self.CAP, [NOON], at(now), BERLIN) is None) is free

    def test_is_over_at_another_time_for_who_lives_elsewhere(self) -> None:
        evening = datetime(2026, 6, 1, 23, tzinfo=UTC)
        assert check_caps(self.CAP, [NOON], evening, ZoneInfo("UTC")) is not None
        assert check_caps(self.CAP, [NOON], evening, BERLIN) is None

    def test_holds_on_the_days_when_clocks_change(self) -> None:
        """Of 23 and of 25 hours."""
        for day, next_day in (("2026-03-29", "2026-03-30"), ("2026-10-25", "2026-10-26")):
            first, last = at(f"{day}T00:30"), at(f"{day}T23:30")
            assert check_caps(self.CAP, [first], last, BERLIN) == Capped(
                at(f"{next_day}T10:00"), "frequency cap: 1 a day"
            )


class TestFourAWeek:
    CAP = Caps(per_day=1, per_week=4)
    SENT = tuple(at(f"2026-06-0{day}T15:00") for day in (1, 2, 3, 4))

    def test_puts_the_fifth_off_until_the_first_is_a_week_ago(self) -> None:
        found = check_caps(self.CAP, self.SENT, at("2026-06-05T09:00"), BERLIN)
        assert found == Capped(at("2026-06-08T10:00"), "frequency cap: 4 a week")

    def test_tells_of_the_day_where_both_are_full(self) -> None:
        found = check_caps(self.CAP, self.SENT, at("2026-06-04T16:00"), BERLIN)
        assert found == Capped(at("2026-06-08T10:00"), "frequency cap: 1 a day")

    def test_counts_days_of_the_calendar_and_not_hours(self) -> None:
        assert check_caps(self.CAP, self.SENT, at("2026-06-07T23:59"), BERLIN) is not None
        assert check_caps(self.CAP, self.SENT, at("2026-06-08T00:00"), BERLIN) is None


def test_a_slot_may_be_the_campaigns_own_hour() -> None:
    found = check_caps(Caps(per_day=1), [NOON], NOON, BERLIN, slot=at("2026-06-01T18:00").astimezone(BERLIN).time())
    assert found == Capped(at("2026-06-02T18:00"), "frequency cap: 1 a day")


@pytest.mark.parametrize("cap", [Caps(per_day=90), Caps(per_week=90)])
def test_no_cap_is_wider_than_what_is_remembered(cap: Caps) -> None:
    customer = Customer("C", "c@example.com")
    for second in range(MOST_REMEMBERED + 1):
        now = NOON + timedelta(seconds=second)
        assert (check_caps(cap, customer.sent, now, BERLIN) is None) is (second < MOST_REMEMBERED)
        customer = customer.count_sent(now)


def test_what_cannot_count_any_more_is_forgotten() -> None:
    customer = Customer("C", "c@example.com").count_sent(NOON)
    assert customer.count_sent(NOON + 7 * DAY).sent == (NOON, NOON + 7 * DAY)
    assert customer.count_sent(NOON + 8 * DAY).sent == (NOON + 8 * DAY,)
