"""A shop that goes on selling, whatever happens to the servers."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.service import RPCError

from localstack.stack.stack import Stack
from tests.fixtures.shop import Storefront

MOST_AT_ONCE = 8


def storefront_of(stack: Stack, client: Client, engine: AsyncEngine) -> Storefront:
    """The way into a stack: an event is kept in its inbox, and then signalled."""
    return Storefront(client, engine, stack.settings)


class Load:
    """Orders of a few customers, some of them sent twice; an order counts as accepted once `send` has returned."""

    def __init__(self, storefront: Storefront, random: Random, customers: int) -> None:
        self._storefront = storefront
        self._random = random
        self.customers = [f"customer-{number}@example.com" for number in range(customers)]
        self._made = 0
        self.accepted: dict[str, Decimal] = {}
        self.sent_count = 0

    async def sell(self, orders: int) -> None:
        """Sell so many orders, in any order, a tenth of them sent twice."""
        events = [self._order() for _ in range(orders)]
        events += self._random.sample(events, k=orders // 10)
        self._random.shuffle(events)
        places = asyncio.Semaphore(MOST_AT_ONCE)

        async def tell(event: dict[str, Any]) -> None:
            async with places:
                await self._until_accepted(event)

        await asyncio.gather(*(tell(event) for event in events))

    def _order(self) -> dict[str, Any]:
        self._made += 1
        total = Decimal(self._random.randint(100, 9_900)) / 100
        return {
            "type": "ORDER_PAID",
            "event_id": f"chaos:{self._made}",
            "customer_email": self._random.choice(self.customers),
            "occurred_at": datetime.now(UTC).isoformat(),
            "consent": {"email": True},
            "order": {"order_id": f"{self._made}", "total": f"{total:.2f}", "currency": "USD"},
        }

    async def _until_accepted(self, event: dict[str, Any]) -> None:
        """What a shop's outbox does: tell again until it is taken."""
        while True:
            self.sent_count += 1
            try:
                await self._storefront.send(event)
            except (SQLAlchemyError, RPCError, OSError):
                await asyncio.sleep(0.2)
            else:
                self.accepted[event["event_id"]] = Decimal(event["order"]["total"])
                return
