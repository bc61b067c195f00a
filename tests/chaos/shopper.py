"""A shop in a process of its own, which tells the gateway of its sales until each of them is acknowledged.

`python -m tests.chaos.shopper URL LEDGER --seed 1` with GATEWAY_TOKEN and SHOPIFY_SECRET in the environment. On SIGTERM
it makes nothing up any more, and ends once everything it sent is acknowledged. LEDGER gets a line of JSON
for each acknowledgement.
"""

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import os
import signal
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal

import httpx2

CUSTOMERS = 40
AT_ONCE = 6
ANSWER_SECONDS = 20
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
OK = range(200, 300)
BEGINNING = datetime.now(UTC) - timedelta(hours=1)


@dataclass(frozen=True)
class Acknowledged:
    """An event that was answered with 2xx; `cents` went to the shop, or back to the customer."""

    kind: Literal["order", "refund", "cart"]
    name: str
    customer: str
    cents: int = 0


@dataclass(frozen=True)
class Post:
    """One request, with what it tells of."""

    path: str
    body: bytes
    headers: dict[str, str]
    acknowledged: tuple[Acknowledged, ...]


@dataclass
class Shopper:
    """Makes up sales, and tells of them as shops do: again and again until they are acknowledged."""

    url: str
    ledger: Path
    random: Random
    token: str
    secret: str
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    answers: Counter[str] = field(default_factory=Counter)
    _made: int = 0
    _sold: list[Acknowledged] = field(default_factory=list)

    async def run(self) -> None:
        """Sell until asked to stop, and until all is acknowledged."""
        # Connections of its own for each: one that a killed gateway has left behind must not hold up another.
        async with httpx2.AsyncClient(base_url=self.url, trust_env=False, timeout=ANSWER_SECONDS) as http:
            with self.ledger.open("a", buffering=1) as ledger:
                await asyncio.gather(*(self._sell(http, ledger.write) for _ in range(AT_ONCE)))
        self.ledger.with_suffix(".answers").write_text(json.dumps(self.answers))

    async def _sell(self, http: httpx2.AsyncClient, write: Any) -> None:
        while not self.stopping.is_set():
            post = self._make_up()
            await self._until_acknowledged(http, post, write)
            if self.random.random() < 0.15:
                await self._until_acknowledged(http, post, write)
            await asyncio.sleep(self.random.uniform(0, 0.05))

    async def _until_acknowledged(self, http: httpx2.AsyncClient, post: Post, write: Any) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                answer = await http.post(post.path, content=post.body, headers=post.headers)
                self.answers[str(answer.status_code)] += 1
                if answer.status_code in OK:
                    assert "refused" not in answer.text, answer.text
                    write("".join(json.dumps(asdict(one)) + "\n" for one in post.acknowledged))
                    return
                assert answer.status_code >= 500, answer.text
            except httpx2.TransportError as error:
                self.answers[type(error).__name__] += 1
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _make_up(self) -> Post:
        kind = self.random.choices(
            ["order", "orders", "shopify order", "refund", "shopify refund", "cart"], weights=[6, 2, 4, 2, 1, 5]
        )[0]
        if "refund" in kind and not self._sold:
            kind = "order"
        match kind:
            case "order":
                return self._events(self._order())
            case "orders":
                return self._events(self._order(), self._cart(), self._order())
            case "cart":
                return self._events(self._cart())
            case "refund":
                return self._events(self._refund())
            case "shopify refund":
                return self._shopify_refund()
            case _:
                return self._shopify_order()

    def _order(self) -> tuple[dict[str, Any], Acknowledged]:
        sold = self._sale()
        order = {"order_id": sold.name, "total": _money(sold.cents), "currency": "USD"}
        return self._event("ORDER_PAID", sold.customer, f"order:{sold.name}", order=order), sold

    def _refund(self) -> tuple[dict[str, Any], Acknowledged]:
        """Half of an order goes back, which it does once; often the order was not acknowledged yet."""
        back = self._taken_back()
        refund = {"order_id": back.name, "refund_id": f"r-{back.name}", "amount": _money(back.cents)}
        return self._event("ORDER_REFUNDED", back.customer, f"refund:{back.name}", **refund), back

    def _cart(self) -> tuple[dict[str, Any], Acknowledged]:
        number, customer = self._next(), self._customer()
        items = [{"sku": "SKILLET", "quantity": number % 5 + 1, "unit_price": "19.00"}]
        cart = {"cart_id": f"c-{customer}", "items": items}
        expected = Acknowledged("cart", f"cart:{number}", customer)
        return self._event("CART_UPDATED", customer, expected.name, cart=cart), expected

    def _shopify_order(self) -> Post:
        sold = self._sale()
        at = self._moment()
        body = {"id": int(sold.name), "email": sold.customer, "currency": "USD", "total_price": _money(sold.cents)}
        return self._signed("orders/paid", {**body, "created_at": at, "processed_at": at, "updated_at": at}, sold)

    def _shopify_refund(self) -> Post:
        back = self._taken_back()
        money = {"kind": "refund", "status": "success", "amount": _money(back.cents), "currency": "USD"}
        body = {"id": int(back.name), "order_id": int(back.name), "created_at": self._moment(), "transactions": [money]}
        return self._signed("refunds/create", body, back)

    def _sale(self) -> Acknowledged:
        sold = Acknowledged("order", str(self._next()), self._customer(), self.random.randint(100, 9_900))
        self._sold.append(sold)
        return sold

    def _taken_back(self) -> Acknowledged:
        sold = self._sold.pop(self.random.randrange(len(self._sold)))
        return Acknowledged("refund", sold.name, sold.customer, sold.cents // 2)

    def _event(self, type_: str, customer: str, event_id: str, **fields: Any) -> dict[str, Any]:
        event = {"type": type_, "event_id": event_id, "customer_email": customer, "occurred_at": self._moment()}
        return {**event, **fields}

    def _events(self, *expected: tuple[dict[str, Any], Acknowledged]) -> Post:
        events = [event for event, _ in expected]
        body = json.dumps(events[0] if len(events) == 1 else events).encode()
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        return Post("/v1/events", body, headers, tuple(one for _, one in expected))

    def _signed(self, topic: str, document: dict[str, Any], expected: Acknowledged) -> Post:
        body = json.dumps(document).encode()
        signature = base64.b64encode(hmac.new(self.secret.encode(), body, hashlib.sha256).digest()).decode()
        return Post(
            "/webhooks/shopify", body, {"x-shopify-hmac-sha256": signature, "x-shopify-topic": topic}, (expected,)
        )

    def _customer(self) -> str:
        return f"customer-{self.random.randrange(CUSTOMERS)}@example.com"

    def _next(self) -> int:
        self._made += 1
        return self._made

    def _moment(self) -> str:
        return (BEGINNING + timedelta(seconds=self._made)).isoformat()


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


async def main() -> None:
    """Sell until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="where the gateway listens")
    parser.add_argument("ledger", type=Path, help="file that takes the acknowledgements")
    parser.add_argument("--seed", type=int, default=1, help="which run of chance (1)")
    given = parser.parse_args()
    shopper = Shopper(
        given.url, given.ledger, Random(given.seed), os.environ["GATEWAY_TOKEN"], os.environ["SHOPIFY_SECRET"]
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, shopper.stopping.set)
    await shopper.run()


if __name__ == "__main__":
    asyncio.run(main())
