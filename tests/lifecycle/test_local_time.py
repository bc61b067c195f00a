"""Hours where the customer lives: through a year with both changes of the clock, hours left out and hours twice."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.local_time import is_between, is_hour, next_time, zone_of

# With changes at one, two and three o'clock, at midnight, in the evening before, by half an hour, and with none.
ZONES = [
    *("UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Santiago", "Asia/Beirut", "Africa/Cairo"),
    *("America/Nuuk", "Atlantic/Azores", "Australia/Lord_Howe", "Pacific/Auckland", "Asia/Kolkata", "Asia/Kathmandu"),
]
HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from(ZONES).map(ZoneInfo)
hours = st.integers(0, 23)


def local(text: str, zone: ZoneInfo, fold: int = 0) -> datetime:
    """A moment by a clock on the wall, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


class TestTheNextTime:
    @given(moments, hours, zones)
    def test_is_within_a_day_of_25_hours_and_is_that_hour(self, now: datetime, hour: int, zone: ZoneInfo) -> None:
        found = next_time(now, time(hour), zone)
        assert now < found <= now + 26 * HOUR
        assert is_hour(found, hour, zone)
        assert found.utcoffset() == timedelta()

    @given(moments, hours, zones)
    def test_shows_that_hour_on_the_wall_unless_the_day_leaves_it_out(
        self, now: datetime, hour: int, zone: ZoneInfo
    ) -> None:
        wall = next_time(now, time(hour), zone).astimezone(zone)
        exists = datetime.combine(wall.date(), time(hour), zone).astimezone(UTC).astimezone(zone).hour == hour
        assert wall.time() == time(hour) if exists else timedelta() < _past(wall, hour) <= HOUR

    @given(moments, hours, st.integers(1, 8), zones)
    def test_some_days_later_is_on_that_day(self, now: datetime, hour: int, days: int, zone: ZoneInfo) -> None:
        found = next_time(now, time(hour), zone, days=days).astimezone(zone)
        wanted = now.astimezone(zone).date() + timedelta(days=days)
        assert found.date() == wanted or (hour == 23 and found.time() == time(0))

    @pytest.mark.parametrize(
        ("zone", "now", "at", "expected"),
        [
            (BERLIN, "2026-03-28T12:00", 10, "2026-03-29T10:00"),
            (BERLIN, "2026-10-24T12:00", 10, "2026-10-25T10:00"),
            (BERLIN, "2026-03-29T01:59", 2, "2026-03-29T03:00"),
            (NEW_YORK, "2026-03-07T12:00", 2, "2026-03-08T03:00"),
            (NEW_YORK, "2026-10-31T12:00", 1, "2026-11-01T01:00"),
            (ZoneInfo("Africa/Cairo"), "2026-04-23T12:00", 0, "2026-04-24T01:00"),
            (ZoneInfo("America/Nuuk"), "2026-03-28T12:00", 23, "2026-03-29T00:00"),
            (ZoneInfo("Australia/Lord_Howe"), "2026-10-03T12:00", 2, "2026-10-04T02:30"),
        ],
    )
    def test_where_clocks_change(self, zone: ZoneInfo, now: str, at: int, expected: str) -> None:
        assert next_time(local(now, zone), time(at), zone) == local(expected, zone)

    def test_ten_o_clock_is_a_day_of_23_and_of_25_hours_away(self) -> None:
        for day, length in (("2026-03-28", 23), ("2026-10-24", 25), ("2026-06-01", 24)):
            ten = local(f"{day}T10:00", BERLIN)
            assert next_time(ten, time(10), BERLIN) - ten == length * HOUR

    def test_of_an_hour_that_comes_twice_is_the_first(self) -> None:
        first, second = (local("2026-10-25T02:00", BERLIN, fold) for fold in (0, 1))
        assert second - first == HOUR
        assert next_time(first - HOUR, time(2), BERLIN) == first
        assert next_time(first, time(2), BERLIN) == local("2026-10-26T02:00", BERLIN)


class TestWhetherItIsThatHour:
    @given(moments, zones)
    def test_an_hour_is_once_a_day_and_lasts_an_hour(self, now: datetime, zone: ZoneInfo) -> None:
        for hour in range(24):
            begin = next_time(now, time(hour), zone)
            assert is_hour(begin + HOUR - timedelta(microseconds=1), hour, zone)
            assert not is_hour(begin + HOUR, hour, zone)
            assert not is_hour(begin - timedelta(microseconds=1), hour, zone)

    def test_the_second_of_two_is_not(self) -> None:
        first, second = (local("2026-11-01T01:30", NEW_YORK, fold) for fold in (0, 1))
        assert (is_hour(first, 1, NEW_YORK), is_hour(second, 1, NEW_YORK)) == (True, False)

    def test_one_that_is_left_out_is_the_hour_after_it(self) -> None:
        after = local("2026-03-29T03:20", BERLIN)
        assert (is_hour(after, 2, BERLIN), is_hour(after, 3, BERLIN)) == (True, True)

    def test_the_last_one_of_a_day_that_is_left_out_is_the_first_of_the_next(self) -> None:
        nuuk = ZoneInfo("America/Nuuk")
        begin = next_time(local("2026-03-28T12:00", nuuk), time(23), nuuk)
        assert begin == local("2026-03-29T00:00", nuuk)
        assert [is_hour(begin + minutes, 23, nuuk) for minutes in (timedelta(), HOUR / 2, HOUR)] == [True, True, False]


class TestASpanOfTheDay:
    @given(moments, hours, hours, zones)
    def test_ends_at_its_end(self, now: datetime, opens: int, closes: int, zone: ZoneInfo) -> None:
        span = time(opens), time(closes)
        if opens != closes and is_between(now, *span, zone):
            assert not is_between(next_time(now, span[1], zone), *span, zone)

    @given(moments, hours, hours, zones)
    def test_and_the_other_way_round_is_the_rest_of_the_day(
        self, now: datetime, opens: int, closes: int, zone: ZoneInfo
    ) -> None:
        if opens != closes:
            inside = is_between(now, time(opens), time(closes), zone)
            assert inside is not is_between(now, time(closes), time(opens), zone)

    @pytest.mark.parametrize(
        ("wall", "night"),
        [
            ("21:59:59", False),
            ("22:00", True),
            ("23:59:59", True),
            ("00:00", True),
            ("06:59:59", True),
            ("07:00", False),
        ],
    )
    def test_across_midnight(self, wall: str, night: bool) -> None:
        assert is_between(local(f"2026-06-01T{wall}", BERLIN), time(22), time(7), BERLIN) is night


@pytest.mark.parametrize(
    ("name", "otherwise", "expected"),
    [
        ("Asia/Kolkata", "Europe/Berlin", "Asia/Kolkata"),
        (None, "Europe/Berlin", "Europe/Berlin"),
        ("Nowhere/Land", "Europe/Berlin", "Europe/Berlin"),
        ("../../etc/passwd", "\0", "UTC"),
    ],
)
def test_a_zone_that_is_not_known_is_the_shops_own(name: str | None, otherwise: str, expected: str) -> None:
    assert zone_of(name, otherwise).key == expected


def _past(wall: datetime, hour: int) -> timedelta:
    """How far a clock is past an hour, perhaps of the day before."""
    return timedelta(hours=wall.hour - hour, minutes=wall.minute) % timedelta(days=1)
