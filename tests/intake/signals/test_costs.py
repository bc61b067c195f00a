"""What the inbox costs: round trips to PostgreSQL, and actions of Temporal."""

from temporalio.client import Client

from db.engine.connections import create_engine
from intake.door.door import Door
from intake.door.incoming import IncomingEvent
from intake.signals.dispatcher import Dispatcher
from intake.signals.signalling import Signalling
from tests.budgets.wire import Wire
from tests.fixtures.shop import Shop, eventually
from tests.intake.conftest import KEY, Counter


async def test_any_number_of_events_is_accepted_in_one_round_trip(counter: Counter) -> None:
    async with Wire(counter.engine.url).open() as wire:
        engine = create_engine(wire.url.render_as_string(hide_password=False))
        door = Door(engine, identity_key=KEY, currency="USD")
        await door.accept([IncomingEvent(counter.event("VISITED"))], source="test")
        for events in (
            [counter.order("1", cart_id="c-1")],
            [counter.cart("c-2", None)],
            [counter.order(f"many-{number}", f"customer-{number}@example.com") for number in range(100)],
        ):
            before = wire.round_trips
            await door.accept([IncomingEvent(event) for event in events], source="test")
            assert wire.round_trips - before == 1
            await door.accept([IncomingEvent(event) for event in events], source="test")
            assert wire.round_trips - before == 2
        await engine.dispose()


async def test_an_event_that_changes_nothing_costs_no_action(open_shop: Shop) -> None:
    shop = open_shop
    await shop.send("VISITED", name="Ada", locale="en")
    await eventually(lambda: shop.rows("SELECT FROM customer_profiles WHERE name = 'Ada'"), bool)
    before = await shop.quiet()
    assert shop.settings.identity_key is not None
    key = shop.settings.identity_key.get_secret_value().encode()

    async def connected() -> Client:
        return shop.client

    async with Dispatcher(shop.engine, Signalling(connected, shop.settings.task_queue)) as dispatching:
        door = Door(shop.engine, identity_key=key, currency="USD", signals=dispatching)
        for event in (
            shop.event("VISITED"),
            shop.event("PROFILE_UPDATED", name="Ada"),
            shop.event("VISITED", locale="en"),
        ):
            await door.accept([IncomingEvent(event)], source="test")
    assert len(await shop.quiet()) == len(before)
    rows = await shop.rows("SELECT status, count(*) AS events FROM event_inbox GROUP BY status ORDER BY status")
    assert [(row["status"], row["events"]) for row in rows] == [("APPLIED", 1), ("SKIPPED", 3)]
