"""Erasure of a whole shop: finds its customers, and deletes the bodies that belong to none."""

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity

from activities.privacy.messages import EraseWholeShop
from activities.privacy.plain_errors import plain_errors
from db.customers import erasure

PAGE = 20
"""Customers of a page, which are erased concurrently."""


class ShopErasure:
    """The activities that erase a shop system's data, except for the customers themselves."""

    def __init__(self, engine: AsyncEngine, *, page_size: int = PAGE) -> None:
        self._engine = engine
        self._page_size = page_size

    @activity.defn(name="find_shop_customers")
    async def find_customers(self, request: EraseWholeShop) -> list[str]:
        """The next customers of the shop; none when there are no more."""
        async with plain_errors():
            return await erasure.shop_customers(
                self._engine, source=request.source, after=request.after, size=self._page_size
            )

    @activity.defn(name="discard_shop_bodies")
    async def discard_bodies(self, request: EraseWholeShop) -> int:
        """Delete the bodies that the shop sent about unknown customers; returns how many rows."""
        async with plain_errors():
            discarded = await erasure.discard_shop_bodies(self._engine, request.source)
        activity.logger.info(
            "shop erased",
            extra={"source": request.source, "requested_by": request.requested_by, "rows": discarded},
        )
        return discarded
