"""Short lives that the demo's story does not tell: each leads its customer into a corner of the workflow's code."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio.client import WorkflowExecutionStatus

from activities.privacy import Erase
from activities.privacy.messages import LATE_SIGNAL, erasure_id
from intake.signals.customer_workflows import RunningCustomers
from tests.activities.privacy.erasing import erase
from tests.activities.writing.model_server import model_server
from tests.activities.writing.shops import PAN, care_guide_at_once, with_model
from tests.fixtures.launch import LAUNCH, launched, rows
from tests.fixtures.postgres import connect
from tests.fixtures.shop import SKILLET, Shop, eventually
from workflows.check_churn_risk import CheckChurnRisk, CheckRequest
from workflows.names import ERASE_CUSTOMER, RELOAD_SIGNAL, ROLL_SIGNAL, SCHEDULE_ID

Life = Callable[[Shop, str, str], Awaitable[str]]
"""Lived in a shop under an address, with PostgreSQL's administrator at hand; it ends with a workflow's id."""


async def rolled(shop: Shop, email: str, _database: str) -> str:
    """Two runs; a cart, a guide and the 90 days wait across the border between them."""
    await shop.order("rolled-1", "300.00", email)
    await shop.order("rolled-2", "300.00", email)
    await shop.until_state("VIP", email)
    await shop.cart("rolled-c", SKILLET, email=email)
    await shop.fast_forward(timedelta(minutes=30), email)
    before = (await shop.handle(email).describe()).run_id
    await shop.signal(ROLL_SIGNAL, None, email)

    async def run_id() -> str | None:
        return (await shop.handle(email).describe()).run_id

    await eventually(run_id, lambda found: found != before)
    await shop.fast_forward(timedelta(days=91), email)
    await shop.until_state("AT_RISK", email)
    await shop.until_sent(6, email)
    return shop.handle(email).id


async def poison(shop: Shop, email: str, _database: str) -> str:
    """Signals that cannot be applied, one of them only because PostgreSQL refuses the sum."""
    await shop.order("poison-1", "99999999.00", email)
    await shop.until_state("CUSTOMER", email)
    for name, argument in (("order_paid", {"no": "order"}), ("order_eaten", {}), ("cart_updated", b"\0\1")):
        await shop.signal(name, argument, email)
    await shop.order("poison-2", "99999999.00", email)
    await shop.order("poison-3", "0.50", email)
    await shop.until_state("VIP", email)
    return shop.handle(email).id


async def late(shop: Shop, email: str, _database: str) -> str:
    """Lost, and then not: an order of the time before arrives afterwards."""
    now = await shop.now(email)
    for number, days in enumerate((200, 195, 100)):
        order = {"order_id": f"late-{number}", "total": "300.00", "currency": "USD"}
        await shop.send("ORDER_PAID", email, at=now - timedelta(days=days), order=order)
        await shop.until_state(("CUSTOMER", "CHURNED", "AT_RISK")[number], email)
    return shop.handle(email).id


async def conflict(shop: Shop, email: str, database: str) -> str:
    """Somebody else writes in between: the ledger is loaded and replayed."""
    await shop.order("conflict-1", "10.00", email)
    await shop.until_state("CUSTOMER", email)
    with connect(database) as connection:
        connection.execute("UPDATE customer_profiles SET revision = revision + 1 WHERE customer_email = %s", [email])
    await shop.order("conflict-2", "10.00", email)
    await shop.until_state("REPEAT", email)
    return shop.handle(email).id


async def blocked(shop: Shop, email: str, database: str) -> str:
    """A write takes longer than a local activity may, and goes through the server."""
    await shop.order("blocked-1", "10.00", email)
    await shop.until_state("CUSTOMER", email)
    with connect(database) as connection:
        connection.autocommit = False
        connection.execute("SELECT FROM customer_profiles WHERE customer_email = %s FOR UPDATE", [email])
        await shop.order("blocked-2", "10.00", email)
        await eventually(lambda: shop.history(email), lambda history: any(map(_is_write, history)))
        connection.rollback()
    await shop.until_state("REPEAT", email)
    return shop.handle(email).id


async def stopped(shop: Shop, email: str, _database: str) -> str:
    """Cancelled: stopped on purpose."""
    await shop.order("stopped-1", "10.00", email)
    await shop.until_state("CUSTOMER", email)
    handle = shop.handle(email)
    await handle.cancel()

    async def status() -> WorkflowExecutionStatus | None:
        return (await handle.describe()).status

    await eventually(status, lambda found: found is WorkflowExecutionStatus.CANCELED)
    return handle.id


async def check(shop: Shop, _email: str, _database: str) -> str:
    """The daily check itself."""
    workflow_id = f"{SCHEDULE_ID}-recorded"
    await shop.client.execute_workflow(
        CheckChurnRisk.run, CheckRequest(), id=workflow_id, task_queue=shop.settings.task_queue
    )
    return workflow_id


async def reloaded(shop: Shop, email: str, _database: str) -> str:
    """The ledger has changed: it is replayed, with what was written behind the workflow's back."""
    await shop.order("reloaded-1", "10.00", email)
    await shop.until_state("CUSTOMER", email)
    await shop.rows(
        "UPDATE event_inbox SET body = jsonb_set(body, '{order,total}', '\"600.00\"') WHERE customer_email = :email "
        "RETURNING event_id",
        email=email,
    )
    await shop.signal(RELOAD_SIGNAL, None, email)
    await eventually(lambda: shop.profile(email), lambda profile: profile["total_spend"] == "600.00")
    return shop.handle(email).id


async def erased(shop: Shop, email: str, _database: str) -> str:
    """The erasure itself, of a customer who bought once."""
    await shop.order("erased-1", "10.00", email)
    await shop.until_state("CUSTOMER", email)
    await erase(shop, email)
    return erasure_id(shop.storefront.customer_id(email))


async def forgotten(shop: Shop, email: str, _database: str) -> str:
    """Erased, and signalled once more while an erasure seems to run: the run waits to be deleted, and for longer."""
    await erase(shop, email)
    customer = shop.storefront.customer_id(email)
    # Nobody polls this queue, and so it never ends.
    request = Erase(customer, LATE_SIGNAL, await shop.now(email))
    await shop.client.start_workflow(ERASE_CUSTOMER, request, id=erasure_id(customer), task_queue="nobody-polls-this")
    event = shop.event("VISITED", email)
    await RunningCustomers(shop.skipper.client, shop.settings.task_queue).start(customer, email, "visited", event)
    await eventually(
        lambda: shop.history(email), lambda history: any("timer_started" in str(event) for event in history)
    )
    await shop.fast_forward(timedelta(seconds=31), email)
    return shop.handle(email).id


async def capped(shop: Shop, email: str, _database: str) -> str:
    """Three messages due at once: the receipt goes, the more important news too, and the other the next morning."""
    receipt = launched("capped-receipt", purpose="transactional")
    await shop.apply(rows(receipt, launched("capped-first", 10), launched("capped-second", 20)))
    await shop.send("VISITED", email, consent={"email": True})
    await shop.until_state("VISITOR", email)
    await shop.send("CUSTOM", email, name=LAUNCH)
    await shop.until_sent(2, email)
    await shop.fast_forward(timedelta(days=2), email)
    await shop.until_sent(3, email)
    return shop.handle(email).id


async def written(shop: Shop, email: str, _database: str) -> str:
    """A care guide whose text has to be written first: delivery asks for it, and comes again."""
    async with model_server() as model:
        writers = with_model(shop, model, "written")
        await writers.apply([care_guide_at_once()])
        async with writers.worker():
            await writers.order("written-1", "10.00", email, items=[PAN])
            await writers.until_sent(2, email)
            await writers.quiet(email)
    return shop.handle(email).id


LIVES: dict[str, Life] = {
    life.__name__: life
    for life in (rolled, poison, late, conflict, blocked, stopped, reloaded, erased, forgotten, capped, written, check)
}


def _is_write(event: object) -> bool:
    return "persist_change" in str(event) and "activity_task_scheduled" in str(event)
