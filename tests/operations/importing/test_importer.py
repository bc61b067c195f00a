"""An import into a living shop: profiles, ledgers and workflows, on real PostgreSQL and Temporal."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from intake.signals.customer_workflows import RunningCustomers
from retention_client.identity import customer_id
from tests.fixtures.shop import ADA, Shop, eventually
from tests.operations.importing.conftest import NewTarget
from tests.operations.importing.files import ORDERS_HEADER, SHOPIFY_CUSTOMERS_HEADER, ImportOutcome, exported, imported

DAY = timedelta(days=1)
BOB = "bob@example.com"

TABLES = (
    "customer_profiles",
    "event_inbox",
    "state_transitions",
    "orders",
    "communications_log",
    "customer_references",
)


def order(number: int, days_ago: float, total: str = "300.00", email: str = ADA) -> str:
    """A row of an orders file."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    return f"{number},{email},{at.isoformat()},{total},PAN,Pan,1,\n"


async def everything(shop: Shop) -> dict[str, list[dict[str, Any]]]:
    """All rows that an import could touch."""
    return {table: await shop.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES}


async def steps(shop: Shop, email: str = ADA) -> list[str]:
    """The states a customer came to, as the journal has them."""
    rows = await shop.rows(
        "SELECT to_state, restated FROM state_transitions WHERE customer_id = :id ORDER BY id",
        id=shop.storefront.customer_id(email),
    )
    return [row["to_state"] + ("*" if row["restated"] else "") for row in rows]


@pytest.fixture
def take(shop: Shop, target: NewTarget, tmp_path: Path) -> Callable[..., Awaitable[ImportOutcome]]:
    """Import rows of orders, or a file of another kind, into the shop as of now."""

    async def import_(*rows: str, kind: str = "orders", **options: Any) -> ImportOutcome:
        content = ORDERS_HEADER + "".join(rows) if kind == "orders" else "".join(rows)
        return await imported(tmp_path, kind, content, target(shop), **{"as_of": datetime.now(UTC), **options})

    return import_


Take = Callable[..., Awaitable[ImportOutcome]]


class ProcessKilled(Exception):
    """The process has ended."""


class DyingProcess(RunningCustomers):
    """A process that is killed before it starts a workflow."""

    async def start(self, *_: object, **__: object) -> None:
        """End."""
        raise ProcessKilled


async def test_history_is_written_as_it_would_have_happened(shop: Shop, take: Take) -> None:
    outcome = await take(order(1, 400), order(2, 200), order(3, 199, "1.00", BOB))
    assert outcome.summary.states == {"CHURNED": 2}
    assert await steps(shop) == ["CUSTOMER", "AT_RISK", "CHURNED", "REACTIVATED", "AT_RISK", "CHURNED"]
    [ada] = await shop.rows("SELECT * FROM customer_profiles WHERE customer_email = :email", email=ADA)
    assert (ada["state"], str(ada["total_spend"]), ada["order_count"]) == ("CHURNED", "600.00", 2)
    checks = await shop.rows("SELECT * FROM event_inbox WHERE type = 'CHURN_CHECKED' AND customer_email = :e", e=ADA)
    assert {(row["status"], row["source"], f"{row['occurred_at']:%H:%M}") for row in checks} == {
        ("APPLIED", "import", "03:00")
    }
    assert len(checks) == 2


async def test_the_same_file_again_changes_nothing(shop: Shop, take: Take) -> None:
    rows = [order(1, 400), order(2, 100), order(3, 80), order(4, 5, "20.00", BOB)]
    first = await take(*rows)
    before = await everything(shop)
    second = await take(*reversed(rows))
    assert await everything(shop) == before
    assert (first.summary.orders, first.summary.unchanged, first.summary.known) == (4, 0, 0)
    assert (second.summary.orders, second.summary.unchanged, second.summary.known) == (0, 2, 4)
    assert second.summary.states == first.summary.states


async def test_parts_in_any_order_come_to_what_the_whole_comes_to(shop: Shop, take: Take) -> None:
    rows = [order(1, 400), order(2, 210), order(3, 150), order(4, 100), order(5, 95)]
    for row in (rows[2], rows[4], rows[0], rows[3], rows[1]):
        await take(row)
    parts = (await shop.rows("SELECT * FROM customer_profiles"))[0]
    assert (await steps(shop))[-1].removesuffix("*") == parts["state"]
    async with shop.engine.connect() as connection:
        await connection.execute(text("DELETE FROM event_inbox"))
        await connection.execute(text("DELETE FROM customer_profiles"))
    await take(*rows)
    whole = (await shop.rows("SELECT * FROM customer_profiles"))[0]
    for column in ("state", "total_spend", "order_count", "last_order_date"):
        assert parts[column] == whole[column]


async def test_a_vip_who_was_quiet_for_eighty_days_fades_in_ten(open_shop: Shop, take: Take) -> None:
    await open_shop.campaigns()
    await take(order(1, 100), order(2, 80))
    profile = await eventually(open_shop.profile, lambda profile: profile["state"] == "VIP")
    [coming] = profile["coming"]
    left = datetime.fromisoformat(coming["at"]) - datetime.now(UTC)
    assert 9.9 * DAY < left <= 10 * DAY
    await open_shop.quiet()
    assert await open_shop.rows("SELECT * FROM communications_log") == []
    # What comes due from now on is life, and campaigns answer to it.
    await open_shop.fast_forward(10 * DAY + timedelta(minutes=1))
    await open_shop.until_state("AT_RISK")
    messages = await eventually(open_shop.messages, bool)
    assert {message["trigger_event"] for message in messages} == {"ENTERED_STATE_AT_RISK"}


async def test_a_running_workflow_takes_up_the_imported_past(open_shop: Shop, take: Take) -> None:
    await open_shop.campaigns("order-confirmation", "vip-welcome")
    await open_shop.order("live", "100.00")
    await open_shop.until_sent(1)
    before = len(await open_shop.messages())
    outcome = await take(order(1, 50, "500.00"))
    assert outcome.summary.states == {"VIP": 1}
    profile = await eventually(open_shop.profile, lambda profile: profile["state"] == "VIP")
    assert (profile["total_spend"], profile["order_count"]) == ("600.00", 2)
    assert len(await open_shop.messages()) == before
    await open_shop.order("later", "1.00")
    row = await eventually(
        lambda: open_shop.rows("SELECT * FROM customer_profiles"), lambda rows: rows[0]["order_count"] == 3
    )
    assert str(row[0]["total_spend"]) == "601.00"


async def test_an_order_that_was_also_reported_live_counts_once(open_shop: Shop, take: Take) -> None:
    await open_shop.order("820982911", "199.00")
    await open_shop.until_state("CUSTOMER")
    at = (datetime.now(UTC) - DAY).isoformat()
    await take(f"820982911,{ADA},{at},199.00,,,,\n")
    [profile] = await open_shop.rows("SELECT * FROM customer_profiles")
    assert (profile["order_count"], str(profile["total_spend"])) == (1, "199.00")


async def test_an_import_that_was_killed_is_finished_by_the_next(
    shop: Shop, take: Take, target: NewTarget, tmp_path: Path
) -> None:
    content = ORDERS_HEADER + order(1, 10) + order(2, 10, email=BOB)
    dying = replace(target(shop), workflows=DyingProcess(shop.skipper.client, shop.settings.task_queue))
    with pytest.raises(ProcessKilled):
        await imported(tmp_path, "orders", content, dying, as_of=datetime.now(UTC))
    assert {row["last_write"] for row in await shop.rows("SELECT * FROM customer_profiles")} == {"import:0"}
    again = await take(order(1, 10), order(2, 10, email=BOB))
    assert (again.summary.orders, again.summary.unchanged, again.summary.started) == (0, 2, 2)
    async with shop.worker():
        rows = await eventually(
            lambda: shop.rows("SELECT * FROM customer_profiles"), lambda rows: {row["epoch"] for row in rows} == {1}
        )
        assert [(await shop.profile(email))["state"] for email in (ADA, BOB)] == ["CUSTOMER", "CUSTOMER"]
    assert {row["revision"] for row in rows} == {0}
    assert (await take(order(1, 10), order(2, 10, email=BOB))).summary.started == 0


async def test_what_an_erased_customer_did_is_not_taken_in_again(shop: Shop, take: Take) -> None:
    async with shop.engine.connect() as connection:
        await connection.execute(
            text("INSERT INTO erasures (customer_id, erased_at, requested_by) VALUES (:id, :at, 'test')"),
            {"id": shop.storefront.customer_id(ADA), "at": datetime.now(UTC) - 10 * DAY},
        )
    gone = await take(order(1, 11), order(2, 11, email=BOB))
    assert gone.reasons == {"2": "is from before the customer was erased"}
    assert (await take(f"customer_email,name\n{ADA},Ada\n", kind="customers")).reasons.keys() == {"2"}
    assert await shop.rows("SELECT * FROM customer_profiles WHERE customer_email = :email", email=ADA) == []
    await take(order(3, 9))
    [erasure] = await shop.rows("SELECT * FROM erasures")
    assert erasure["returned_at"] is not None
    [profile] = await shop.rows("SELECT * FROM customer_profiles WHERE customer_email = :email", email=ADA)
    assert profile["order_count"] == 1


async def test_an_order_belongs_to_whom_it_belonged_before(shop: Shop, take: Take) -> None:
    await take(order(1, 10))
    taken = await take(order(1, 10, email=BOB), order(2, 10, email=BOB))
    assert taken.reasons == {"2": "belongs to another customer"}
    [bob] = await shop.rows("SELECT * FROM customer_profiles WHERE customer_email = :email", email=BOB)
    assert bob["order_count"] == 1


async def test_values_that_postgresql_does_not_take_cost_their_customer_only(shop: Shop, take: Take) -> None:
    outcome = await take(*(order(number, 10, "99999999.00") for number in range(3)), order(9, 10, email=BOB))
    assert set(outcome.reasons.values()) == {"PostgreSQL rejects the values"}
    assert [row["customer_email"] for row in await shop.rows("SELECT * FROM customer_profiles")] == [BOB]


CONSENTS = "customer_email,name,phone,consent_email,consent_sms,consent_at\n"


async def consent(shop: Shop, email: str = ADA) -> tuple[bool | None, bool | None]:
    """Consent to e-mail and text messages as the profile has it."""
    [row] = await shop.rows("SELECT * FROM customer_profiles WHERE customer_email = :email", email=email)
    return row["consent_email"], row["consent_sms"]


async def test_consent_without_a_time_never_overrides_a_live_statement(open_shop: Shop, take: Take) -> None:
    await open_shop.send("CONSENT_CHANGED", channel="email", granted=False, at=datetime.now(UTC) - 300 * DAY)
    withdrawn = "SELECT * FROM customer_profiles WHERE NOT consent_email"
    await eventually(lambda: open_shop.rows(withdrawn), bool)
    await take(CONSENTS + f"{ADA},Ada,+15550100,yes,yes,\n{BOB},Bob,,no,,\n", kind="customers")
    assert await consent(open_shop) == (False, True)
    assert await consent(open_shop, BOB) == (False, None)
    later = (datetime.now(UTC) - DAY).isoformat()
    await take(CONSENTS + f"{ADA},,,yes,,{later}\n{BOB},,,yes,,\n", kind="customers")
    assert await consent(open_shop) == (True, True)
    assert await consent(open_shop, BOB) == (False, None)


async def test_a_withdrawal_without_a_time_holds_from_the_import_on(open_shop: Shop, take: Take) -> None:
    await open_shop.order("1")
    await open_shop.until_state("CUSTOMER")
    assert await consent(open_shop) == (True, None)
    await take(CONSENTS + f"{ADA},,,no,,\n", kind="customers")
    assert await consent(open_shop) == (False, None)


async def test_where_and_when_consent_was_given_and_whether_it_was_confirmed(shop: Shop, take: Take) -> None:
    header = "customer_email,consent_email,consent_at,consent_source,consent_confirmed\n"
    at = datetime(2025, 5, 1, tzinfo=UTC)
    rows = [f"{ADA},yes,{at.isoformat()},footer,yes", f"{BOB},yes,,footer,no", "eve@example.com,yes,,double opt-in,"]
    outcome = await take(header + "\n".join([*rows, "uma@example.com,yes,,,"]), kind="customers")
    stored = await shop.rows(
        "SELECT split_part(customer_email, '@', 1) AS who, consent_email_at AS at, consent_email_source AS source "
        "FROM customer_profiles ORDER BY customer_email"
    )
    assert [(row["who"], row["source"]) for row in stored] == [
        ("ada", "confirmed elsewhere"),
        ("bob", "footer"),
        ("uma", "import"),
    ]
    assert stored[0]["at"] == at
    assert list(outcome.reasons) == ["4"]
    assert outcome.reasons["4"].startswith("consent_source: is reserved")


async def test_shopifys_customers(shop: Shop, take: Take) -> None:
    ada = {
        "Customer ID": "'70640",
        "First Name": "Ada",
        "Last Name": "Lovelace",
        "Email": ADA,
        "Accepts Email Marketing": "yes",
        "Phone": "'+15550100",
        "Accepts SMS Marketing": "no",
    }
    outcome = await take(exported(SHOPIFY_CUSTOMERS_HEADER, ada, {"First Name": "Nobody"}), kind="customers")
    assert (outcome.summary.shop, outcome.reasons) == ("shopify", {"3": "names no customer"})
    [profile] = await shop.rows("SELECT * FROM customer_profiles")
    assert (profile["name"], profile["phone"], profile["state"]) == ("Ada Lovelace", "+15550100", "VISITOR")
    assert await consent(shop) == (True, False)
    before = await everything(shop)
    await take(exported(SHOPIFY_CUSTOMERS_HEADER, ada), kind="customers")
    assert await everything(shop) == before


async def test_of_two_suppressions_the_harder_one_stays(shop: Shop, take: Take) -> None:
    first = (
        f"email,channel,reason\n{ADA},,\n{BOB},sms,unsubscribe\n{BOB},SMS,hard_bounce\nx,,\n{BOB},FAX,\n{BOB},,sad\n"
    )
    outcome = await take(first, kind="suppressions")
    assert (outcome.summary.suppressed, sorted(outcome.reasons)) == (3, ["5", "6", "7"])
    again = await take(f"email,channel,reason\n{ADA},EMAIL,complaint\n{BOB},,unsubscribe\n", kind="suppressions")
    assert again.summary.suppressed == 2
    key = shop.settings.identity_key
    assert key is not None
    ids = {customer_id(key.get_secret_value().encode(), email): email for email in (ADA, BOB)}
    rows = await shop.rows("SELECT * FROM suppressions")
    assert {(ids[row["customer_id"]], row["channel"], row["reason"]) for row in rows} == {
        (ADA, "EMAIL", "complaint"),
        (ADA, "SMS", "manual"),
        (BOB, "EMAIL", "unsubscribe"),
        (BOB, "SMS", "hard_bounce"),
    }
    assert await shop.rows("SELECT * FROM customer_profiles") == []
