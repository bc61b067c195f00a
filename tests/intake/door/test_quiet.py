"""Events that change nothing for their customer are not signalled. In doubt they are."""

from typing import Any

import pytest

from db.inbox.arrivals import mark_signalled
from intake.door.incoming import EventAccepted
from tests.intake.conftest import ADA, BOB, Counter, id_of


async def test_a_login_of_a_known_customer_is_skipped(counter: Counter) -> None:
    await counter.profile()
    visit = counter.event("VISITED")
    assert await counter.send(visit) == (EventAccepted(visit["event_id"]),)
    row = await counter.row(visit)
    assert (row["status"], row["last_error"]) == ("SKIPPED", "changes nothing")
    assert not counter.offered
    assert await counter.send(visit) == (EventAccepted(visit["event_id"]),)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": "Ada", "locale": "en"}, "SKIPPED"),
        ({"name": "Ada"}, "SKIPPED"),
        ({"name": "Ada L."}, "RECEIVED"),
        ({"name": "Ada", "time_zone": "Europe/London"}, "RECEIVED"),
    ],
)
async def test_known_fields_change_nothing(counter: Counter, fields: dict[str, Any], status: str) -> None:
    await counter.profile(name="Ada", locale="en")
    event = counter.event("PROFILE_UPDATED", **fields)
    await counter.send(event)
    assert (await counter.row(event))["status"] == status


async def test_a_new_customer_is_signalled(counter: Counter) -> None:
    visit = counter.event("VISITED")
    await counter.send(visit)
    assert (await counter.row(visit))["status"] == "RECEIVED"


async def test_a_customer_whose_workflow_was_stopped_is_signalled(counter: Counter) -> None:
    await counter.profile()
    await counter.run("UPDATE customer_profiles SET stopped_at = now()")
    visit = counter.event("VISITED")
    await counter.send(visit)
    assert (await counter.row(visit))["status"] == "RECEIVED"


async def test_an_event_may_undo_one_that_is_not_applied_yet(counter: Counter) -> None:
    await counter.profile(name="Ada")
    changed = counter.event("PROFILE_UPDATED", name="Ada L.")
    await counter.send(changed)
    back = counter.event("PROFILE_UPDATED", name="Ada")
    await counter.send(back)
    assert (await counter.row(back))["status"] == "RECEIVED"


async def test_an_event_may_undo_one_before_it_in_the_same_list(counter: Counter) -> None:
    await counter.profile(ADA, name="Ada")
    await counter.profile(BOB)
    changed, back = counter.event("PROFILE_UPDATED", name="Ada L."), counter.event("PROFILE_UPDATED", name="Ada")
    of_bob = counter.event("VISITED", BOB)
    await counter.send(changed, of_bob, back)
    assert list((await counter.statuses()).values()) == ["RECEIVED", "SKIPPED", "RECEIVED"]


async def test_an_event_may_undo_a_cart_that_was_just_signalled(counter: Counter) -> None:
    await counter.profile(name="Ada")
    cart = counter.cart("c-1", name="Ada L.")
    await counter.send(cart)
    await mark_signalled(counter.engine, [cart["event_id"]])
    back, login = counter.event("PROFILE_UPDATED", name="Ada"), counter.event("VISITED")
    await counter.send(login)
    await counter.send(back)
    assert (await counter.row(login))["status"] == "SKIPPED"
    assert (await counter.row(back))["status"] == "RECEIVED"
    await counter.run("UPDATE event_inbox SET status = 'APPLIED' WHERE customer_id = :id", id=id_of(ADA))
    again = counter.event("PROFILE_UPDATED", name="Ada")
    await counter.send(again)
    assert (await counter.row(again))["status"] == "SKIPPED"


@pytest.mark.parametrize("consent", [{"email": True}, {"sms": False}])
async def test_a_statement_of_consent_always_counts(counter: Counter, consent: dict[str, bool]) -> None:
    await counter.profile(consent_email=True, consent_sms=False)
    events = [
        counter.event("VISITED", consent=consent),
        counter.event("PROFILE_UPDATED", consent=consent),
        counter.event("CONSENT_CHANGED", channel="email", granted=True),
    ]
    for event in events:
        await counter.run("DELETE FROM event_inbox")
        await counter.send(event)
        assert (await counter.row(event))["status"] == "RECEIVED"
