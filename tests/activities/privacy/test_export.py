"""A customer's data as a file: whole, legible, and for its owner alone."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from activities.privacy import Export
from activities.privacy.export import write_document
from activities.privacy.messages import export_id
from db.inbox import arrivals as inbox
from tests.activities.privacy.erasing import erase
from tests.fixtures.shop import ADA, SKILLET, Shop
from workflows.export_customer import ExportCustomer

NAME = "Ada Lovelace-Müller"


async def test_everything_that_is_known_stands_in_the_file(open_shop: Shop) -> None:
    shop = open_shop
    await shop.campaigns("order-confirmation")
    order = {"order_id": "7", "total": "199.00", "currency": "USD", "items": [SKILLET]}
    await shop.send("ORDER_PAID", consent={"email": True}, order=order, name=NAME)
    (message,) = await shop.until_sent(1)
    await shop.rows(
        "INSERT INTO message_events (message_key, kind, is_machine, occurred_at) "
        "VALUES (:key, 'OPEN', false, now()) RETURNING id",
        key=message["message_key"],
    )
    await shop.send("CONSENT_CHANGED", channel="email", granted=False)
    await shop.rows(
        "INSERT INTO suppressions (customer_id, channel, reason, source) "
        "VALUES (:id, 'EMAIL', 'unsubscribe', 'a link') RETURNING channel",
        id=shop.storefront.customer_id(ADA),
    )
    path = await _export(shop)
    document = json.loads(path.read_text(encoding="utf-8"))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert NAME in path.read_text(encoding="utf-8")
    assert path.name.startswith(f"{shop.storefront.customer_id(ADA)}-2")
    assert (document["profile"]["email"], document["profile"]["name"], document["profile"]["total_spend"]) == (
        ADA,
        NAME,
        "199.00",
    )
    assert [(step["from"], step["to"]) for step in document["states"]] == [("VISITOR", "CUSTOMER")]
    assert document["events"][0]["data"]["order"]["items"][0]["name"] == "Cast Iron Skillet"
    assert [(row["order_id"], row["total"], row["counted"]) for row in document["orders"]] == [("7", "199.00", True)]
    (mail,) = document["messages"]
    assert (mail["recipient"], mail["status"]) == (ADA, "SENT")
    assert mail["subject"]
    assert "Cast Iron Skillet" in mail["text"]
    assert "<html" not in mail["text"]
    assert [reaction["what"] for reaction in mail["reactions"]] == ["OPEN"]
    assert [(one["channel"], one["source"]) for one in document["suppressions"]] == [("EMAIL", "a link")]
    assert "order/7" in [one["reference"] for one in document["references"]]
    assert document["erased"] is None


async def test_raw_bytes_are_shown_to_the_only_one_they_name(open_shop: Shop) -> None:
    shop = open_shop
    both = [shop.storefront.customer_id(email) for email in (ADA, "bob@example.net")]
    for number, mentions in enumerate((both[:1], both)):
        await inbox.keep(
            shop.engine,
            event_id=f"raw-{number}",
            reason="is not JSON",
            raw=f"delivery {number} \xff".encode("latin-1"),
            mentions=mentions,
            source="shopify",
            topic=None,
            now=datetime.now(UTC),
        )
    document = json.loads((await _export(shop)).read_text(encoding="utf-8"))
    assert [event["unreadable"] for event in document["events"]] == ["delivery 0 \N{REPLACEMENT CHARACTER}"]


async def test_of_somebody_erased_it_says_so_and_no_more(open_shop: Shop) -> None:
    shop = open_shop
    await shop.order("1")
    await shop.until_state("CUSTOMER")
    await erase(shop)
    path = await _export(shop)
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    assert document["erased"]["requested_by"] == "a test"
    assert document["profile"] is None
    assert not any(document[part] for part in ("states", "events", "messages", "references"))
    assert ADA not in path.read_text(encoding="utf-8")


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "exports" / "ada.json"
    path.parent.mkdir()
    path.write_text("older, and longer than what comes")
    path.chmod(0o644)
    path.with_name(".ada.json.part").write_text("left behind by an attempt that was killed")
    write_document(path, {"a": 1})
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": 1}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


async def _export(shop: Shop) -> Path:
    """Export the customer; the file."""
    customer = shop.storefront.customer_id(ADA)
    path = await shop.client.execute_workflow(
        ExportCustomer.run, Export(customer, "a test"), id=export_id(customer), task_queue=shop.settings.task_queue
    )
    return Path(path)
