"""What the erasure of a whole shop needs to know, and what is left to do after its customers."""

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity

from activities.privacy.messages import EraseWholeShop
from activities.privacy.plain_errors import plain_errors
from db.customers import erasure

AT_ONCE = 20
"""Customers of a page, who are erased side by side."""


class ShopErasure:
    """The activities that erase what a shop system told, apart from the customers themselves."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @activity.defn(name="find_shop_customers")
    async def find_customers(self, request: EraseWholeShop) -> list[str]:
        """The next customers of whom the shop told; none when there are no more."""
        async with plain_errors():
            return await erasure.shop_customers(self._engine, source=request.source, after=request.after, size=AT_ONCE)

    @activity.defn(name="discard_shop_bodies")
    async def discard_bodies(self, request: EraseWholeShop) -> int:
        """Forget what the shop told of customers whom nobody knows; how many rows that were."""
        async with plain_errors():
            discarded = await erasure.discard_shop_bodies(self._engine, request.source)
        told = {"source": request.source, "requested_by": request.requested_by, "rows": discarded}
        activity.logger.info("shop erased", extra=told)
        return discarded
