"""What a shop has decided about messages: caps, hours, confirmed consent, an allow-list, and a stop of everything."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.campaigns import Campaign, Purpose
from lifecycle.frequency import Caps
from lifecycle.gate import LONGEST_STOP, Recipient, Send, SendingRules, Skip, Stopped, Verdict, Wait, decide
from lifecycle.local_time import is_hour
from tests.lifecycle.test_gate import MARKETING, NEWS, NOON, TRANSACTIONAL

BERLIN = "Europe/Berlin"
NIGHT = (time(22), time(7))
WEEK = timedelta(days=7)

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from([BERLIN, "America/New_York", "America/Nuuk", "Australia/Lord_Howe", "Asia/Kolkata"])


def verdict(
    now: datetime = NOON,
    rules: SendingRules | None = None,
    *,
    recipient: dict[str, Any] | None = None,
    expires_in: timedelta = WEEK,
    sent: tuple[datetime, ...] = (),
    stopped: Stopped | None = None,
    attempts: int = 0,
    **campaign: Any,
) -> Verdict:
    """What is decided about a message of a live marketing campaign by e-mail, but for what is said here."""
    who: dict[str, Any] = {
        "address": "reachable",
        "consent": True,
        "suppression": None,
        "time_zone": BERLIN,
        **(recipient or {}),
    }
    return decide(
        Campaign.model_validate({**NEWS, "channel": "EMAIL", "purpose": MARKETING, **campaign}),
        Recipient(**who),
        rules or SendingRules(),
        happened=frozenset(),
        expires_at=now + expires_in,
        attempts=attempts,
        now=now,
        sent=sent,
        stopped=stopped,
    )


def at(text: str, zone: str = BERLIN) -> datetime:
    """A moment where the customer lives, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


class TestCaps:
    RULES = SendingRules(caps=Caps(per_day=1, per_week=4))
    REASON = "frequency cap: 1 a day"

    def test_put_marketing_off_to_the_next_free_morning(self) -> None:
        assert verdict(rules=self.RULES, sent=(NOON,)) == Wait(at("2026-06-02T10:00"), self.REASON)

    def test_leave_transactional_messages_alone(self) -> None:
        assert verdict(rules=self.RULES, sent=(NOON,) * 9, purpose=TRANSACTIONAL) == Send()

    def test_hold_for_text_messages_too(self) -> None:
        assert verdict(rules=self.RULES, sent=(NOON,), channel="SMS") == Wait(at("2026-06-02T10:00"), self.REASON)

    def test_put_off_to_the_hour_that_the_campaign_has_chosen(self) -> None:
        found = verdict(rules=self.RULES, sent=(NOON,), send_at_hour=18)
        assert found == Wait(at("2026-06-02T18:00"), self.REASON)
        assert verdict(at("2026-06-02T18:00"), self.RULES, sent=(NOON,), send_at_hour=18) == Send()

    def test_end_a_message_that_would_not_outlive_them(self) -> None:
        found = verdict(rules=self.RULES, sent=(NOON,), expires_in=timedelta(hours=20))
        assert found == Skip(f"expires before it may be sent ({self.REASON})")

    def test_are_counted_where_the_shop_is_for_who_has_no_zone(self) -> None:
        rules = SendingRules(caps=Caps(per_day=1), time_zone="Asia/Kolkata")
        found = verdict(rules=rules, sent=(NOON,), recipient={"time_zone": None})
        assert found == Wait(at("2026-06-02T10:00", "Asia/Kolkata"), self.REASON)


class TestAnHourOfTheCampaignsOwn:
    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            ("2026-06-01T09:59:59", "2026-06-01T10:00"),
            ("2026-06-01T10:00", None),
            ("2026-06-01T10:59:59", None),
            ("2026-06-01T11:00", "2026-06-02T10:00"),
            ("2026-03-28T11:00", "2026-03-29T10:00"),
            ("2026-10-24T11:00", "2026-10-25T10:00"),
        ],
    )
    def test_is_waited_for_where_the_customer_lives(self, now: str, expected: str | None) -> None:
        wait = Wait(at(expected), "the customer's 10 o'clock") if expected else Send()
        assert verdict(at(now), send_at_hour=10) == wait

    def test_holds_for_transactional_messages_too(self) -> None:
        assert verdict(send_at_hour=10, purpose=TRANSACTIONAL) == Wait(
            at("2026-06-02T10:00"), "the customer's 10 o'clock"
        )

    def test_goes_over_quiet_hours_which_it_has_chosen(self) -> None:
        rules = SendingRules(quiet_hours=NIGHT)
        assert verdict(at("2026-06-01T06:30"), rules, send_at_hour=6) == Send()
        assert verdict(at("2026-06-01T06:30"), rules) == Wait(at("2026-06-01T07:00"), "quiet hours")

    def test_never_goes_over_the_hours_of_text_messages(self) -> None:
        found = verdict(at("2026-06-01T06:30"), channel="SMS", send_at_hour=6)
        assert found == Wait(at("2026-06-01T08:00"), "quiet hours")

    @given(moments, st.integers(0, 23), zones)
    def test_comes_every_day_of_the_year(self, now: datetime, hour: int, zone: str) -> None:
        match verdict(now, send_at_hour=hour, recipient={"time_zone": zone}):
            case Wait(until):
                assert now < until <= now + timedelta(hours=26)
                assert verdict(until, send_at_hour=hour, recipient={"time_zone": zone}) == Send()
            case Send():
                assert is_hour(now, hour, ZoneInfo(zone))
            case other:
                pytest.fail(f"{other} on an ordinary day")


class TestQuietHoursOfEMail:
    RULES = SendingRules(quiet_hours=NIGHT)

    @pytest.mark.parametrize(
        ("now", "ends"),
        [
            ("2026-06-01T22:00", "2026-06-02T07:00"),
            ("2026-06-02T06:59:59", "2026-06-02T07:00"),
            ("2026-06-02T07:00", None),
            ("2026-06-02T21:59:59", None),
            ("2026-03-28T23:00", "2026-03-29T07:00"),
            ("2026-10-24T23:00", "2026-10-25T07:00"),
        ],
    )
    def test_are_the_shops(self, now: str, ends: str | None) -> None:
        assert verdict(at(now), self.RULES) == (Wait(at(ends), "quiet hours") if ends else Send())

    def test_do_not_hold_a_receipt(self) -> None:
        assert verdict(at("2026-06-01T23:00"), self.RULES, purpose=TRANSACTIONAL) == Send()

    def test_leave_text_messages_their_own(self) -> None:
        assert verdict(at("2026-06-01T21:30"), self.RULES, channel="SMS") == Wait(at("2026-06-02T08:00"), "quiet hours")

    @given(moments, st.integers(0, 23), st.integers(0, 23), zones)
    def test_are_over_when_they_say(self, now: datetime, opens: int, closes: int, zone: str) -> None:
        rules, where = SendingRules(quiet_hours=(time(opens), time(closes))), {"time_zone": zone}
        match verdict(now, rules, recipient=where):
            case Wait(until):
                assert now < until <= now + timedelta(hours=25)
                assert verdict(until, rules, recipient=where) == Send()
            case found:
                assert found == Send()


@given(moments, st.integers(0, 23) | st.none(), zones, st.sampled_from(["EMAIL", "SMS"]), st.lists(moments, max_size=6))
def test_whoever_follows_every_pause_gets_there(
    now: datetime, hour: int | None, zone: str, channel: str, sent: list[datetime]
) -> None:
    """Caps, the campaign's hour and quiet hours together: none of them puts off for ever."""
    rules = SendingRules(caps=Caps(1, 3), quiet_hours=NIGHT)
    before = tuple(sorted(moment for moment in sent if moment <= now))
    fit = None if hour is None or channel == "EMAIL" else min(max(hour, 8), 20)
    chosen = fit if channel == "SMS" else hour
    begun = now
    for _ in range(6):
        found = verdict(
            now,
            rules,
            recipient={"time_zone": zone},
            sent=before,
            channel=channel,
            send_at_hour=chosen,
            expires_in=2 * WEEK,
        )
        if found == Send():
            return
        assert isinstance(found, Wait)
        assert now < found.until <= begun + timedelta(days=9)
        now = found.until
    pytest.fail(f"still waits: {found}")


class TestDoubleOptIn:
    RULES = SendingRules(double_opt_in=True)

    @pytest.mark.parametrize(
        ("recipient", "campaign", "expected"),
        [
            ({}, {}, Skip("consent not confirmed")),
            ({"confirmed": True}, {}, Send()),
            ({}, {"purpose": TRANSACTIONAL}, Send()),
            ({}, {"channel": "SMS"}, Send()),
            ({"consent": None}, {}, Skip("no consent")),
            ({"consent": False, "confirmed": True}, {}, Skip("consent withdrawn")),
        ],
    )
    def test_marketing_by_e_mail_needs_a_confirmed_yes(
        self, recipient: dict[str, Any], campaign: dict[str, Any], expected: Verdict
    ) -> None:
        assert verdict(rules=self.RULES, recipient=recipient, **campaign) == expected

    def test_also_where_silence_counts_as_consent(self) -> None:
        rules = SendingRules(double_opt_in=True, consent_by_default=True)
        assert verdict(rules=rules, recipient={"consent": None}) == Skip("consent not confirmed")

    def test_asks_for_nothing_where_it_is_off(self) -> None:
        assert verdict() == Send()


@pytest.mark.parametrize("purpose", [MARKETING, TRANSACTIONAL])
def test_who_is_not_on_the_list_gets_nothing(purpose: Purpose) -> None:
    reason = "not on the list of recipients that this installation may write to"
    assert verdict(recipient={"allowed": False}, purpose=purpose) == Skip(reason)


class TestAStop:
    @pytest.mark.parametrize(
        ("stopped", "purpose", "reason"),
        [
            ("MARKETING", MARKETING, "marketing is stopped"),
            ("MARKETING", TRANSACTIONAL, None),
            ("ALL", MARKETING, "all sending is stopped"),
            ("ALL", TRANSACTIONAL, "all sending is stopped"),
        ],
    )
    def test_holds_what_it_names(self, stopped: Stopped, purpose: Purpose, reason: str | None) -> None:
        expected = Wait(NOON + timedelta(minutes=15), reason) if reason else Send()
        assert verdict(stopped=stopped, purpose=purpose) == expected

    @pytest.mark.parametrize("attempts", [2, 3, 100])
    def test_is_looked_at_again_within_the_hour(self, attempts: int) -> None:
        assert verdict(stopped="ALL", attempts=attempts) == Wait(NOON + LONGEST_STOP, "all sending is stopped")

    def test_does_not_hold_beyond_the_expiry(self) -> None:
        found = verdict(stopped="ALL", attempts=9, expires_in=timedelta(minutes=20))
        assert found == Wait(NOON + timedelta(minutes=20), "all sending is stopped")

    def test_does_not_keep_what_nobody_wants(self) -> None:
        assert verdict(stopped="ALL", recipient={"consent": False}) == Skip("consent withdrawn")

    def test_comes_before_hours_and_caps_which_may_have_changed_when_it_is_over(self) -> None:
        rules = SendingRules(caps=Caps(per_day=1), quiet_hours=(time(0), time(23)))
        found = verdict(rules=rules, sent=(NOON,), stopped="MARKETING")
        assert found == Wait(NOON + timedelta(minutes=15), "marketing is stopped")
