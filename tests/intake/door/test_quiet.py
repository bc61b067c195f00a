"""Events that change nothing for their customer are never signalled; in doubt they are."""

from typing import Any

import pytest

from db.inbox.arrivals import mark_signalled
from intake.door.incoming import EventAccepted
from tests.intake.conftest import ADA, BOB, Counter, whose


async def test_a_login_of_a_known_customer_is_skipped(counter: Counter) -> None:
    await counter.profile()
    visit = counter.event("VISITED")
    assert await counter.tell(visit) == (EventAccepted(visit["event_id"]),)
    row = await counter.row(visit)
    assert (row["status"], row["last_error"]) == ("SKIPPED", "changes nothing")
    assert not counter.offered
    assert await counter.tell(visit) == (EventAccepted(visit["event_id"]),)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": "Ada", "locale": "en"}, "SKIPPED"),
        ({"name": "Ada"}, "SKIPPED"),
        ({"name": "Ada L."}, "RECEIVED"),
        ({"name": "Ada", "time_zone": "Europe/London"}, "RECEIVED"),
    ],
)
async def test_data_that_is_known_changes_nothing(counter: Counter, fields: dict[str, Any], status: str) -> None:
    await counter.profile(name="Ada", locale="en")
    event = counter.event("PROFILE_UPDATED", **fields)
    await counter.tell(event)
    assert (await counter.row(event))["status"] == status


async def test_somebody_new_is_told_of(counter: Counter) -> None:
    visit = counter.event("VISITED")
    await counter.tell(visit)
    assert (await counter.row(visit))["status"] == "RECEIVED"


async def test_whoever_was_stopped_is_told_of(counter: Counter) -> None:
    await counter.profile()
    await counter.run("UPDATE customer_profiles SET stopped_at = now()")
    visit = counter.event("VISITED")
    await counter.tell(visit)
    assert (await counter.row(visit))["status"] == "RECEIVED"


async def test_while_something_waits_to_be_applied_it_may_change_it_back(counter: Counter) -> None:
    await counter.profile(name="Ada")
    changed = counter.event("PROFILE_UPDATED", name="Ada L.")
    await counter.tell(changed)
    back = counter.event("PROFILE_UPDATED", name="Ada")
    await counter.tell(back)
    assert (await counter.row(back))["status"] == "RECEIVED"


async def test_so_it_may_with_something_before_it_in_the_same_list(counter: Counter) -> None:
    await counter.profile(ADA, name="Ada")
    await counter.profile(BOB)
    changed, back = counter.event("PROFILE_UPDATED", name="Ada L."), counter.event("PROFILE_UPDATED", name="Ada")
    of_bob = counter.event("VISITED", BOB)
    await counter.tell(changed, of_bob, back)
    assert list((await counter.statuses()).values()) == ["RECEIVED", "SKIPPED", "RECEIVED"]


async def test_a_cart_that_was_just_signalled_may_have_said_something_else(counter: Counter) -> None:
    await counter.profile(name="Ada")
    cart = counter.cart("c-1", name="Ada L.")
    await counter.tell(cart)
    await mark_signalled(counter.engine, [cart["event_id"]])
    back, login = counter.event("PROFILE_UPDATED", name="Ada"), counter.event("VISITED")
    await counter.tell(login)
    await counter.tell(back)
    assert (await counter.row(login))["status"] == "SKIPPED"
    assert (await counter.row(back))["status"] == "RECEIVED"
    await counter.run("UPDATE event_inbox SET status = 'APPLIED' WHERE customer_id = :id", id=whose(ADA))
    again = counter.event("PROFILE_UPDATED", name="Ada")
    await counter.tell(again)
    assert (await counter.row(again))["status"] == "SKIPPED"


@pytest.mark.parametrize("consent", [{"email": True}, {"sms": False}])
async def test_a_word_on_consent_always_counts(counter: Counter, consent: dict[str, bool]) -> None:
    await counter.profile(consent_email=True, consent_sms=False)
    events = [
        counter.event("VISITED", consent=consent),
        counter.event("PROFILE_UPDATED", consent=consent),
        counter.event("CONSENT_CHANGED", channel="email", granted=True),
    ]
    for event in events:
        await counter.run("DELETE FROM event_inbox")
        await counter.tell(event)
        assert (await counter.row(event))["status"] == "RECEIVED"
